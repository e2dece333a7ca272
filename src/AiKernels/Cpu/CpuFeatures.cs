namespace AiKernels.Cpu;

/// <summary>What a processor may have and a backend can do without: every path gives the same bits, at another speed.</summary>
[Flags]
public enum CpuFeatures
{
    /// <summary>Nothing beyond what .NET itself needs.</summary>
    None = 0,

    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2 = 1,

    /// <summary>256-bit dot products of bytes.</summary>
    AvxVnni = 2,

    /// <summary>512-bit vectors.</summary>
    Avx512 = 4,

    /// <summary>512-bit dot products of bytes.</summary>
    Avx512Vnni = 8,

    /// <summary>Tiles of bytes: matrix products of 16 x 64 by 64 x 16.</summary>
    Amx = 16,

    /// <summary>Arm's 128-bit vectors with dot products of bytes.</summary>
    Neon = 32,

    /// <summary>Kernels assembled at run time, which some hardened systems refuse; on x64 all fast products are.</summary>
    Assembled = 64,
}

/// <summary>Which features the environment switches off.</summary>
internal static class DisabledFeatures
{
    /// <summary>The variable: names of <see cref="CpuFeatures"/>, in any case, with commas between them.</summary>
    public const string Variable = "AIKERNELS_DISABLE";

    /// <exception cref="InvalidOperationException">The variable holds something else.</exception>
    public static CpuFeatures FromEnvironment() => Parse(Environment.GetEnvironmentVariable(Variable));

    internal static CpuFeatures Parse(string? names)
    {
        var features = CpuFeatures.None;
        foreach (var name in (names ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            features |= Enum.GetValues<CpuFeatures>()
                .Where(feature => feature.ToString().Equals(name, StringComparison.OrdinalIgnoreCase))
                .Cast<CpuFeatures?>().FirstOrDefault()
                ?? throw new InvalidOperationException(
                    $"{Variable} names '{name}', which is none of {string.Join(", ", Enum.GetNames<CpuFeatures>())}");
        }

        return features;
    }
}
