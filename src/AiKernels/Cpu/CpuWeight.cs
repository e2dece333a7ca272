using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>A weight in packed panels.</summary>
internal sealed unsafe class CpuWeight : Weight
{
    private readonly NativeBuffer _memory;
    private readonly long _panelBytes;

    public CpuWeight(CpuBackend backend, PanelKernel kernel, GgmlType type, int rows, int columns)
        : base(type, rows, columns)
    {
        Backend = backend;
        Kernel = kernel;
        _panelBytes = kernel.PanelBytes(columns);
        _memory = new NativeBuffer(checked(_panelBytes * Panels));
    }

    public override IBackend Backend { get; }

    public PanelKernel Kernel { get; }

    public int Panels => PanelLayout.Panels(Rows);

    public override long ByteLength => _memory.Length;

    public bool IsDisposed => _memory.Data == null;

    public byte* Panel(int panel) => _memory.Data + (panel * _panelBytes);

    protected override void Free() => _memory.Dispose();
}
