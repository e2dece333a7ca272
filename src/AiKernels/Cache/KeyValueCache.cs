namespace AiKernels.Cache;

/// <summary>A handle on pages of keys and values in a backend's memory. Which page holds what is the host's business.</summary>
/// <param name="shape">What a page holds.</param>
/// <param name="pages">Pages.</param>
public abstract class KeyValueCache(KeyValueShape shape, int pages) : IDisposable
{
    /// <summary>The backend that allocated it, and the only one that can compute with it.</summary>
    public abstract IBackend Backend { get; }

    /// <summary>What a page holds.</summary>
    public KeyValueShape Shape { get; } = shape;

    /// <summary>Pages, numbered from 0.</summary>
    public int Pages { get; } = pages;

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory. Called once or more.</summary>
    protected abstract void Free();
}
