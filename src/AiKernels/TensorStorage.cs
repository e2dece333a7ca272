namespace AiKernels;

/// <summary>Memory that a backend owns and tensors look into.</summary>
public abstract class TensorStorage : IDisposable
{
    /// <summary>The backend that allocated it, and the only one that can compute with it.</summary>
    public abstract IBackend Backend { get; }

    /// <summary>Floats it holds.</summary>
    public abstract long Length { get; }

    /// <summary>Frees the memory, once all enqueued work on it is done. Tensors of it can't be used any more.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory. Called once or more.</summary>
    protected abstract void Free();
}
