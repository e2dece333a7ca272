using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Reference;

namespace AiKernels.Tests.Shared.Backends;

/// <summary>
/// The same operands on the reference and on another backend, and the comparison of what came out, bit by bit. It frees
/// the operands; the other backend is whose it was, and may serve several pairs.
/// </summary>
internal sealed class BackendPair(IBackend other) : IDisposable
{
    private readonly List<IDisposable> _operands = [];

    public ReferenceBackend Reference { get; } = new();

    public IBackend Other { get; } = other;

    public (Tensor Reference, Tensor Other) Tensor(int rows, int columns, float[] values)
    {
        var pair = (Reference.Allocate(rows, columns), Other.Allocate(rows, columns));
        _operands.AddRange([pair.Item1.Storage, pair.Item2.Storage]);
        Reference.Write(pair.Item1, values);
        Other.Write(pair.Item2, values);
        return pair;
    }

    /// <summary>Columns somewhere in a wider matrix, at times.</summary>
    public (Tensor Reference, Tensor Other) Slice(Random random, int rows, int columns, Func<Random, int, float[]> values)
    {
        var (before, after) = random.Next(2) == 0 ? (0, 0) : (random.Next(20), random.Next(20));
        var whole = Tensor(rows, before + columns + after, values(random, rows * (before + columns + after)));
        return (whole.Reference.SliceColumns(before, columns), whole.Other.SliceColumns(before, columns));
    }

    public (Weight Reference, Weight Other) Weight(GgmlType type, int rows, int columns, byte[] stored, int layer = 0)
    {
        var pair = (Reference.AllocateWeight(type, rows, columns), Other.AllocateWeight(type, rows, columns, layer));
        _operands.AddRange([pair.Item1, pair.Item2]);
        Reference.Upload(pair.Item1, 0, stored);
        Other.Upload(pair.Item2, 0, stored);
        return pair;
    }

    public (KeyValueCache Reference, KeyValueCache Other) Cache(KeyValueShape shape, int pages)
    {
        var pair = (Reference.AllocateCache(shape, pages), Other.AllocateCache(shape, pages));
        _operands.AddRange([pair.Item1, pair.Item2]);
        return pair;
    }

    /// <summary>Compares the two, and then what lies around them in their memory: nobody may have written there.</summary>
    public void AssertSame((Tensor Reference, Tensor Other) pair)
    {
        AssertSameValues(pair);
        var length = (int)pair.Reference.Storage.Length;
        if (length > pair.Reference.Rows * pair.Reference.Columns)
        {
            AssertSameValues((new Tensor(pair.Reference.Storage, 1, length), new Tensor(pair.Other.Storage, 1, length)));
        }
    }

    public void Dispose()
    {
        _operands.ForEach(operand => operand.Dispose());
        Reference.Dispose();
    }

    private void AssertSameValues((Tensor Reference, Tensor Other) pair)
    {
        var expected = new float[pair.Reference.Rows * pair.Reference.Columns];
        var actual = new float[expected.Length];
        Reference.Read(pair.Reference, expected);
        Other.Read(pair.Other, actual);
        Bits.AssertEqual(expected, actual);
    }
}
