namespace AiKernels.Gpu.Benchmarks.Timing;

/// <summary>
/// Work of no use that lies in the device's queue as soon as it is called: the norm of each half of some rows. That of whole
/// rows would wait for the operation after it, and be timed with whatever that is.
/// </summary>
internal sealed class FillerWork(IBackend backend, int rows, int columns)
{
    private readonly Tensor _gain = backend.Allocate(1, columns / 2);

    /// <summary>What it reads and writes.</summary>
    public Tensor Rows { get; } = backend.Allocate(rows, columns);

    public void Enqueue() => backend.RmsNorm(Rows, _gain, 1, Rows);
}
