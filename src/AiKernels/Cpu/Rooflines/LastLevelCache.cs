using System.Globalization;

namespace AiKernels.Cpu.Rooflines;

/// <summary>How large the machine's third-level caches are, all together, as Linux tells.</summary>
internal static class LastLevelCache
{
    private const string Processors = "/sys/devices/system/cpu";

    /// <summary>Bytes; 0 where the system doesn't say.</summary>
    public static long Bytes
    {
        get
        {
            try
            {
                return Directory.Exists(Processors) ? Sum(Directory.EnumerateDirectories(Processors, "cpu*")) : 0;
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or FormatException or OverflowException)
            {
                return 0; // Nothing depends on it but how much memory a measurement reads.
            }
        }
    }

    /// <summary>Cores that share a cache name the same list of cores, and count once.</summary>
    private static long Sum(IEnumerable<string> processors) => processors
        .Select(processor => Path.Combine(processor, "cache", "index3"))
        .Where(Directory.Exists)
        .DistinctBy(cache => File.ReadAllText(Path.Combine(cache, "shared_cpu_list")))
        .Sum(cache => Parse(File.ReadAllText(Path.Combine(cache, "size")).Trim()));

    /// <summary>A size as the system writes it: 32768K.</summary>
    internal static long Parse(string size)
    {
        var unit = size is "" ? ' ' : size[^1];
        var shift = unit switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        return checked(long.Parse(shift == 0 ? size : size[..^1], NumberStyles.None, CultureInfo.InvariantCulture) << shift);
    }
}
