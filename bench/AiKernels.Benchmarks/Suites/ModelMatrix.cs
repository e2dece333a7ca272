using AiKernels.Formats;
using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Suites;

/// <summary>A matrix of the Qwen2.5-1.5B shape, by its name there.</summary>
/// <param name="Name">The tensor's name without its ending.</param>
/// <param name="Rows">N.</param>
/// <param name="Columns">K.</param>
public sealed record ModelMatrix(string Name, int Rows, int Columns)
{
    private const string Shape = "qwen2.5-1.5b";

    /// <summary>The matrices that a token passes, one of each shape.</summary>
    public static IReadOnlyList<ModelMatrix> All { get; } =
    [
        .. from name in (string[])["blk.0.attn_output", "blk.0.ffn_up", "blk.0.ffn_down", "token_embd"]
           let tensor = Find(Source(GgmlType.F16), name)
           select new ModelMatrix(name, tensor.Rows, tensor.Columns),
    ];

    /// <summary>2 N K, the operations of a product with one token.</summary>
    public double Operations => 2.0 * Rows * Columns;

    /// <summary>Bytes as a file stores it.</summary>
    public double StoredBytes(GgmlType type) => (double)type.RowBytes(Columns) * Rows;

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Rows} x {Columns}";

    /// <summary>The whole shape's random weights in one format.</summary>
    internal static RandomTensorSource Source(GgmlType type) =>
        new(KnownShapes.Get(Shape), QuantizationRecipe.Parse($"{type}"));

    private static StoredTensor Find(RandomTensorSource source, string name) =>
        source.TryFind($"{name}.weight", out var tensor) ? tensor : throw source.Missing(name);
}
