using AiKernels.Gpu.Benchmarks.Timing;

namespace AiKernels.Gpu.Benchmarks.Reports;

/// <summary>Something that was timed.</summary>
/// <param name="Part">The part of the run.</param>
/// <param name="What">What ran.</param>
/// <param name="Type">How weights are stored; empty where there are none.</param>
/// <param name="Tokens">Tokens that ran together; 0 where there are none.</param>
/// <param name="Times">How long it took.</param>
/// <param name="Bytes">Bytes that had to be read, or written; 0 if they don't matter.</param>
/// <param name="Operations">Multiplications and additions; 0 if they don't matter.</param>
/// <param name="IsPeer">Whether it is all that the peer does of a prompt, which prompts are compared with.</param>
internal sealed record Measurement(
    Part Part, string What, string Type, int Tokens, Times Times, double Bytes = 0, double Operations = 0, bool IsPeer = false)
{
    /// <summary>
    /// The seconds that rates belong to: the best whole time, or for single kernels what the device needs, since a host that
    /// is behind shows in whole steps.
    /// </summary>
    public double Seconds => Part == Part.Kernels ? Times.Device ?? Times.Best : Times.Best;

    public double BytesPerSecond => Bytes / Seconds;

    public double OperationsPerSecond => Operations / Seconds;

    public double TokensPerSecond => Tokens / Seconds;
}

/// <summary>What the device's time went to in a step: an operation of all layers together.</summary>
internal sealed record ProfileEntry(Part Part, string Step, string Type, string Operation, int Count, double Seconds, double Share);
