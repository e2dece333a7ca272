namespace AiKernels.Cpu;

/// <summary>Floats in ordinary memory.</summary>
internal sealed unsafe class CpuTensorStorage(CpuBackend backend, long length) : TensorStorage
{
    private readonly NativeBuffer _memory = new(checked(length * sizeof(float)));

    public override IBackend Backend => backend;

    public override long Length => length;

    public float* Data => (float*)_memory.Data;

    protected override void Free() => _memory.Dispose();
}
