namespace AiKernels.Runtime.Engine;

/// <summary>Pages of some tokens that stay where they are until this is disposed, so that they can be read beside the engine's steps.</summary>
internal sealed class PinnedPages : IDisposable
{
    private readonly LanguageModel _model;
    private readonly EngineThread _thread;
    private readonly PinnedSequence _sequence;

    private PinnedPages(LanguageModel model, EngineThread thread, PinnedSequence sequence) =>
        (_model, _thread, _sequence) = (model, thread, sequence);

    /// <summary>Waits until all pages are there: found, brought back, or computed.</summary>
    /// <exception cref="OperationCanceledException">Waiting was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The engine, or its model, was disposed.</exception>
    public static async Task<PinnedPages> Pin(
        LanguageModel model, EngineThread thread, PinnedSequence sequence, CancellationToken cancellation)
    {
        var pages = new PinnedPages(model, thread, sequence);
        try
        {
            thread.Post(sequence);
            await sequence.Ready.WaitAsync(cancellation).ConfigureAwait(false);
            return pages;
        }
        catch
        {
            pages.Dispose();
            throw;
        }
    }

    /// <summary>Reads the first positions of a page.</summary>
    public void Read(int page, int positions, Span<byte> image)
    {
        _model.Turn.Take();
        try
        {
            _model.Backend.ReadPage(_thread.Cache, _sequence.Table!.Pages[page], positions, image);
        }
        finally
        {
            _model.Turn.Give();
        }
    }

    public void Dispose() => _thread.Withdraw(_sequence);
}
