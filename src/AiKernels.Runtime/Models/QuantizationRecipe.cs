using AiKernels.Formats;

namespace AiKernels.Runtime.Models;

/// <summary>Which format each matrix of a model is stored in.</summary>
public sealed class QuantizationRecipe
{
    private readonly GgmlType _ordinary, _sensitive;

    private QuantizationRecipe(string name, GgmlType ordinary, GgmlType sensitive)
    {
        Name = name;
        _ordinary = ordinary;
        _sensitive = sensitive;
    }

    /// <summary>The names there are: every format on its own, and the mixtures.</summary>
    public static IEnumerable<string> Names => [.. SupportedFormats.All.Select(format => $"{format.Type}"), "Q4_K_M"];

    /// <summary>The recipe's name, as GGUF files carry it.</summary>
    public string Name { get; }

    /// <summary>The recipe of a name, in any case.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static QuantizationRecipe Parse(string name)
    {
        if (name.Equals("Q4_K_M", StringComparison.OrdinalIgnoreCase))
        {
            return new("Q4_K_M", GgmlType.Q4_K, GgmlType.Q6_K);
        }

        // By name only: Enum.TryParse would take numbers too.
        foreach (var format in SupportedFormats.All)
        {
            if (name.Equals($"{format.Type}", StringComparison.OrdinalIgnoreCase))
            {
                return new($"{format.Type}", format.Type, format.Type);
            }
        }

        throw new ArgumentException($"there is no type '{name}'; the ones known are {string.Join(", ", Names)}");
    }

    /// <summary>The format of the embedding table and the output projection.</summary>
    public GgmlType Embedding(int columns) => Fit(_sensitive, columns);

    /// <summary>
    /// The format of a layer's matrix. Mixtures spend more bits on half of the value and down projections: the first
    /// and the last eighth of the layers, and every third between. Source: llama.cpp's <c>use_more_bits</c>.
    /// </summary>
    public GgmlType Matrix(string part, int layer, int layers, int columns)
    {
        var moreBits = layer < layers / 8 || layer >= 7 * layers / 8 || (layer - (layers / 8)) % 3 == 2;
        return Fit(moreBits && part is ("attn_v" or "ffn_down") ? _sensitive : _ordinary, columns);
    }

    /// <summary>Rows that are no whole number of blocks take Q8_0, and where that doesn't fit either, F16.</summary>
    private static GgmlType Fit(GgmlType type, int columns) =>
        columns % type.Block().Elements == 0 ? type
        : columns % GgmlType.Q8_0.Block().Elements == 0 ? GgmlType.Q8_0
        : GgmlType.F16;
}
