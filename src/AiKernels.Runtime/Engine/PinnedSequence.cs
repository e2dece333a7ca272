namespace AiKernels.Runtime.Engine;

/// <summary>
/// Tokens whose keys and values are all computed, or brought back, and then stay where they are until somebody who wants to
/// read them has done so.
/// </summary>
internal sealed class PinnedSequence : OpenSequence
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PinnedSequence(ReadOnlySpan<int> tokens)
        : base(tokens, expectedTokens: 0) => IsAnswered = false;

    /// <summary>Ends when all pages are there, until which the table is the engine's.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Everything is computed.</summary>
    public void Complete() => _ready.TrySetResult();

    public override void Fail(Exception reason) => _ready.TrySetException(reason);
}
