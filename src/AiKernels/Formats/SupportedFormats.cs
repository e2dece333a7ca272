namespace AiKernels.Formats;

/// <summary>The formats that can be computed with: one line each.</summary>
public static class SupportedFormats
{
    /// <summary>Every one of them.</summary>
    public static IReadOnlyList<Format> All { get; } =
    [
        new FloatFormat<F32>(),
        new FloatFormat<F16>(),
        new FloatFormat<BF16>(),
        new BlockFormat<Q8_0>(),
        new BlockFormat<Q4_0>(),
        new BlockFormat<Q4_K>(),
        new BlockFormat<Q6_K>(),
    ];

    private static readonly Dictionary<GgmlType, Format> ById = All.ToDictionary(format => format.Type);

    /// <summary>Whether a format can be computed with.</summary>
    public static bool IsSupported(GgmlType type) => ById.ContainsKey(type);

    /// <summary>The format of an id.</summary>
    /// <exception cref="NotSupportedException">The format can't be computed with.</exception>
    public static Format Get(GgmlType type) => ById.TryGetValue(type, out var format)
        ? format
        : throw new NotSupportedException(
            $"the format {type} can't be computed with; the ones that can are {string.Join(", ", ById.Keys)}");
}
