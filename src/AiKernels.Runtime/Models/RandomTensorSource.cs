using System.Collections.Concurrent;
using AiKernels.Formats;

namespace AiKernels.Runtime.Models;

/// <summary>
/// Random weights at a real model's shape: as many bytes and operations as the real ones, for measuring where there is
/// no model. A few dozen distinct rows repeat, since quantizing billions of numbers would take minutes.
/// </summary>
public sealed class RandomTensorSource : TensorSource
{
    // Prime to the 16 rows of a panel, so that no two neighbouring panels are equal.
    private const int DistinctRows = 61;
    private const float WeightDeviation = 0.02f, VectorDeviation = 0.05f;

    private readonly OrderedDictionary<string, StoredTensor> _tensors = [];
    private readonly ConcurrentDictionary<(GgmlType Type, int Columns, bool IsNorm), Lazy<byte[]>> _rows = [];
    private readonly int _seed;

    /// <summary>Weights for a shape.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="recipe">How the matrices are stored.</param>
    /// <param name="seed">Picks the numbers.</param>
    public RandomTensorSource(ModelShape shape, QuantizationRecipe recipe, int seed = 1)
    {
        _seed = seed;
        var spec = shape.Spec;
        Matrix("token_embd", recipe.Embedding(spec.Width), spec.VocabularySize, spec.Width);
        Vector("output_norm.weight", spec.Width);
        if (!shape.IsTied)
        {
            Matrix("output", recipe.Embedding(spec.Width), spec.VocabularySize, spec.Width);
        }

        for (var layer = 0; layer < spec.Layers; layer++)
        {
            AddLayer(spec, recipe, layer);
        }
    }

    /// <summary>All tensors, in the order in which a file has them.</summary>
    public IReadOnlyCollection<StoredTensor> Tensors => _tensors.Values;

    /// <inheritdoc/>
    public override bool TryFind(string name, out StoredTensor tensor) => _tensors.TryGetValue(name, out tensor!);

    /// <inheritdoc/>
    public override void ReadRows(StoredTensor tensor, int firstRow, int count, RowReader read)
    {
        var distinct = _rows.GetOrAdd(
            (tensor.Type, tensor.Columns, tensor.Name.EndsWith("norm.weight", StringComparison.Ordinal)),
            key => new Lazy<byte[]>(() => MakeRows(key.Type, key.Columns, key.IsNorm))).Value;
        var rowBytes = distinct.Length / DistinctRows;
        var rows = new byte[count * rowBytes];
        for (var i = 0; i < count; i++)
        {
            distinct.AsSpan((firstRow + i) % DistinctRows * rowBytes, rowBytes).CopyTo(rows.AsSpan(i * rowBytes));
        }

        read(rows);
    }

    /// <inheritdoc/>
    public override InvalidDataException Invalid(StoredTensor tensor, string problem) =>
        new($"the random tensor '{tensor.Name}' {problem}");

    /// <inheritdoc/>
    public override InvalidDataException Missing(string name) => new($"the shape has no tensor '{name}'");

    private void AddLayer(DecoderSpec spec, QuantizationRecipe recipe, int layer)
    {
        var (queryWidth, keyWidth) = (spec.Heads * spec.HeadLength, spec.KeyValueHeads * spec.HeadLength);
        void Add(string part, int rows, int columns) =>
            Matrix($"blk.{layer}.{part}", recipe.Matrix(part, layer, spec.Layers, columns), rows, columns);

        Vector($"blk.{layer}.attn_norm.weight", spec.Width);
        Add("attn_q", queryWidth, spec.Width);
        Add("attn_k", keyWidth, spec.Width);
        Add("attn_v", keyWidth, spec.Width);
        Add("attn_output", spec.Width, queryWidth);
        if (spec.HasAttentionBias)
        {
            Vector($"blk.{layer}.attn_q.bias", queryWidth);
            Vector($"blk.{layer}.attn_k.bias", keyWidth);
            Vector($"blk.{layer}.attn_v.bias", keyWidth);
        }

        if (spec.HasQueryKeyNorm)
        {
            Vector($"blk.{layer}.attn_q_norm.weight", spec.HeadLength);
            Vector($"blk.{layer}.attn_k_norm.weight", spec.HeadLength);
        }

        Vector($"blk.{layer}.ffn_norm.weight", spec.Width);
        Add("ffn_gate", spec.FeedForwardWidth, spec.Width);
        Add("ffn_up", spec.FeedForwardWidth, spec.Width);
        Add("ffn_down", spec.Width, spec.FeedForwardWidth);
    }

    private void Matrix(string name, GgmlType type, int rows, int columns) =>
        Add(new StoredTensor($"{name}.weight", type, rows, columns));

    private void Vector(string name, int length) => Add(new StoredTensor(name, GgmlType.F32, 1, length));

    private void Add(StoredTensor tensor) => _tensors.Add(tensor.Name, tensor);

    private byte[] MakeRows(GgmlType type, int columns, bool isNorm)
    {
        var random = new Random(_seed);
        var values = new float[DistinctRows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            // The sum of twelve uniform numbers is nearly normal.
            var normal = -6.0;
            for (var n = 0; n < 12; n++)
            {
                normal += random.NextDouble();
            }

            values[i] = isNorm ? 1 + (VectorDeviation * (float)normal) : WeightDeviation * (float)normal;
        }

        var stored = new byte[type.RowBytes(values.Length)];
        SupportedFormats.Get(type).Quantize(values, stored);
        return stored;
    }
}
