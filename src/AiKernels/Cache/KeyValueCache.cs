namespace AiKernels.Cache;

/// <summary>A handle on pages of keys and values in a backend's memory. Which page holds what is the host's business.</summary>
/// <param name="shape">What a page holds.</param>
/// <param name="pages">Pages.</param>
public abstract class KeyValueCache(KeyValueShape shape, int pages) : BackendMemory
{
    /// <summary>What a page holds.</summary>
    public KeyValueShape Shape { get; } = shape;

    /// <summary>Pages, numbered from 0.</summary>
    public int Pages { get; } = pages;
}
