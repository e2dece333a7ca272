using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels.Runtime.Tests.Models;

/// <summary>A device that has memory for so many allocations, counts those in use, and can't compute.</summary>
internal sealed class SmallBackend(int allocations) : IBackend
{
    private int _left = allocations;

    public string Description => "small";

    public int InUse { get; private set; }

    /// <summary>What happens when a weight is to be read back, before that fails.</summary>
    public Action? Reading { get; init; }

    public Tensor Allocate(int rows, int columns)
    {
        Take();
        return new Tensor(new Storage(this, (long)rows * columns), rows, columns);
    }

    public Weight AllocateWeight(GgmlType type, int rows, int columns, int layer = 0)
    {
        Take();
        return new Matrix(this, type, rows, columns);
    }

    public long WeightBytes(GgmlType type, int rows, int columns, int layer = 0) => type.RowBytes(columns) * rows;

    public KeyValueCache AllocateCache(KeyValueShape shape, int pages)
    {
        Take();
        return new Keys(this, shape, pages);
    }

    public void Upload(Weight weight, int firstRow, ReadOnlySpan<byte> rows)
    {
    }

    public void ReadPacked(Weight weight, long offset, Span<byte> destination)
    {
        Reading?.Invoke();
        throw new NotSupportedException();
    }

    public void CopyPage(KeyValueCache cache, int source, int target) => throw new NotSupportedException();

    public void ClearPage(KeyValueCache cache, int page) => throw new NotSupportedException();

    public void ReadPage(KeyValueCache cache, int page, int positions, Span<byte> image) => throw new NotSupportedException();

    public void WritePage(KeyValueCache cache, int page, int positions, ReadOnlySpan<byte> image) => throw new NotSupportedException();

    public void Write(Tensor x, ReadOnlySpan<float> values)
    {
    }

    public void Read(Tensor x, Span<float> values) => throw new NotSupportedException();

    public void ReadLargest(Tensor x, Span<RankedValue> largest) => throw new NotSupportedException();

    public void Embed(Weight table, ReadOnlySpan<int> tokens, Tensor y) => throw new NotSupportedException();

    public void Gather(Tensor x, ReadOnlySpan<int> rows, Tensor y) => throw new NotSupportedException();

    public void RmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y) => throw new NotSupportedException();

    public void MatMul(Tensor x, params ReadOnlySpan<Projection> projections) => throw new NotSupportedException();

    public void Rope(Tensor x, int headLength, RopePairing pairing, Tensor rotation) => throw new NotSupportedException();

    public void HadamardTransform(Tensor x, int headLength) => throw new NotSupportedException();

    public void Store(KeyValueCache cache, int layer, Batch batch, Tensor keys, Tensor values) => throw new NotSupportedException();

    public void Attention(Tensor q, KeyValueCache cache, int layer, Batch batch, float scale, Tensor y) =>
        throw new NotSupportedException();

    public void Dispose()
    {
    }

    private void Take()
    {
        if (_left-- == 0)
        {
            throw new InsufficientMemoryException();
        }

        InUse++;
    }

    private sealed class Storage(SmallBackend backend, long length) : TensorStorage
    {
        public override IBackend Backend => backend;

        public override long Length => length;

        protected override void Free() => backend.InUse--;
    }

    private sealed class Matrix(SmallBackend backend, GgmlType type, int rows, int columns) : Weight(type, rows, columns)
    {
        public override IBackend Backend => backend;

        public override long ByteLength => Type.RowBytes(Columns) * Rows;

        protected override void Free() => backend.InUse--;
    }

    private sealed class Keys(SmallBackend backend, KeyValueShape shape, int pages) : KeyValueCache(shape, pages)
    {
        public override IBackend Backend => backend;

        protected override void Free() => backend.InUse--;
    }
}
