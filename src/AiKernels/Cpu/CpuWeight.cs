using System.Runtime.InteropServices;
using AiKernels.Cpu.Threads;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>A weight in packed panels: in memory of its own, or in somebody else's, which it only reads.</summary>
internal sealed unsafe class CpuWeight : Weight
{
    private readonly CpuBackend _backend;
    private readonly IDisposable _memory;
    private readonly long _panelBytes;
    private byte* _data;
    private MemoryAhead[]? _readAfterwards;

    public CpuWeight(CpuBackend backend, PanelKernel kernel, GgmlType type, int rows, int columns)
        : base(type, rows, columns)
    {
        _backend = backend;
        Kernel = kernel;
        _panelBytes = kernel.PanelBytes(columns);
        var memory = new NativeBuffer(ByteLength);
        _memory = memory;
        _data = memory.Data;
    }

    private CpuWeight(CpuBackend backend, PanelKernel kernel, GgmlType type, int rows, int columns, AdoptedMemory memory)
        : base(type, rows, columns)
    {
        _backend = backend;
        Kernel = kernel;
        _panelBytes = kernel.PanelBytes(columns);
        IsReadOnly = true;
        _memory = memory;
        _data = memory.Data;
    }

    public override IBackend Backend => _backend;

    public PanelKernel Kernel { get; }

    public int Panels => PanelLayout.Panels(Rows);

    public override long ByteLength => Bytes(Kernel, Rows, Columns);

    /// <summary>
    /// What each thread read first in the product that last followed this weight's. No part of what the weight is, but
    /// kept with it, since the next such product needs it.
    /// </summary>
    public MemoryAhead[] ReadAfterwards => _readAfterwards ??= new MemoryAhead[_backend.Threads];

    /// <summary>Bytes of a weight on a kernel.</summary>
    public static long Bytes(PanelKernel kernel, int rows, int columns) =>
        checked(kernel.PanelBytes(columns) * PanelLayout.Panels(rows));

    /// <summary>Whether the memory is somebody else's.</summary>
    public bool IsReadOnly { get; }

    /// <summary>A weight on bytes that are packed already; null if they are not as many, or not aligned, as it takes.</summary>
    public static CpuWeight? Adopt(
        CpuBackend backend, PanelKernel kernel, GgmlType type, int rows, int columns, SafeBuffer memory, long offset, long length)
    {
        return offset >= 0 && length == Bytes(kernel, rows, columns)
            && (ulong)offset <= memory.ByteLength && (ulong)length <= memory.ByteLength - (ulong)offset
            && AdoptedMemory.TryAcquire(memory, offset) is { } adopted
            ? new CpuWeight(backend, kernel, type, rows, columns, adopted)
            : null;
    }

    public byte* Panel(int panel) => _data + (panel * _panelBytes);

    protected override void Free()
    {
        _data = null;
        _memory.Dispose();
    }
}
