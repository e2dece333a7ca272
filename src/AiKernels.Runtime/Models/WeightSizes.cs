using AiKernels.Formats;

namespace AiKernels.Runtime.Models;

/// <summary>
/// Loads nothing: weights and tensors are their sizes alone. A decoder of these tells what it would take, by the very code
/// that would take it, and can do nothing else. Of the source's numbers only those are read that a decoder keeps itself.
/// </summary>
internal sealed class WeightSizes(IBackend backend, TensorSource source) : WeightLoader(backend, source)
{
    private readonly IBackend _backend = backend;

    protected override Weight Load(StoredTensor tensor, int layer) =>
        Own(new SizedWeight(_backend, tensor.Type, tensor.Rows, tensor.Columns, layer));

    protected override Tensor Allocate(int rows, int columns) =>
        new(new SizedStorage(_backend, (long)rows * columns), rows, columns);

    protected override void Fill(Tensor vector, StoredTensor stored)
    {
    }

    private sealed class SizedWeight(IBackend backend, GgmlType type, int rows, int columns, int layer) : Weight(type, rows, columns)
    {
        public override IBackend Backend => backend;

        public override long ByteLength { get; } = backend.WeightBytes(type, rows, columns, layer);

        protected override void Free()
        {
        }
    }

    private sealed class SizedStorage(IBackend backend, long length) : TensorStorage
    {
        public override IBackend Backend => backend;

        public override long Length => length;

        protected override void Free()
        {
        }
    }
}
