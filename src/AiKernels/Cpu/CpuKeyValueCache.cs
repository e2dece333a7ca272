using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>
/// Pages in memory: [page][layer][head], each a transposed K [D,P] and a plain V [P,D]. K is transposed so that lanes are
/// tokens in q k^T, V plain so that lanes are channels in the weighted sum.
/// </summary>
internal sealed unsafe class CpuKeyValueCache : KeyValueCache
{
    private readonly NativeBuffer _memory;
    private readonly long _headBytes;

    public CpuKeyValueCache(CpuBackend backend, KeyValueShape shape, int pages)
        : base(shape, pages)
    {
        Backend = backend;
        KeyRows = KeyRows.Of(shape);
        _headBytes = shape.Type.RowBytes(2L * shape.HeadElements);
        _memory = new NativeBuffer(checked(shape.PageBytes * pages));
    }

    public override IBackend Backend { get; }

    /// <summary>How keys become rows.</summary>
    public KeyRows KeyRows { get; }

    /// <summary>All layers and heads of a page.</summary>
    public byte* Page(int page) => _memory.Data + (page * Shape.PageBytes);

    /// <summary>K [D,P] of a head; V [P,D] follows <see cref="KeyValueShape.HeadElements"/> elements later.</summary>
    public byte* Head(int page, int layer, int head) =>
        Page(page) + ((((long)layer * Shape.Heads) + head) * _headBytes);

    protected override void Free() => _memory.Dispose();
}
