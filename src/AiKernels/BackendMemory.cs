namespace AiKernels;

/// <summary>Memory that a backend owns: what tensors look into, a weight, pages of keys and values.</summary>
public abstract class BackendMemory : IDisposable
{
    private int _disposed;

    /// <summary>The backend that allocated it, and the only one that can compute with it.</summary>
    public abstract IBackend Backend { get; }

    /// <summary>Whether it was freed.</summary>
    public bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Frees the memory, once all enqueued work on it is done. What looks into it can't be used any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Free();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Frees the memory; called once.</summary>
    protected abstract void Free();

    /// <summary>An operand as the backend that allocated it knows it.</summary>
    /// <exception cref="ArgumentException">Another backend allocated it.</exception>
    /// <exception cref="ObjectDisposedException">It was freed.</exception>
    internal static T Own<T>(BackendMemory? operand, IBackend backend)
        where T : BackendMemory
    {
        if (operand is not T own || own.Backend != backend)
        {
            throw new ArgumentException($"the {Kind(typeof(T))} belongs to another backend");
        }

        ObjectDisposedException.ThrowIf(own.IsDisposed, own);
        return own;
    }

    private static string Kind(Type type) =>
        type.IsAssignableTo(typeof(Weight)) ? "weight" : type.IsAssignableTo(typeof(TensorStorage)) ? "tensor" : "cache";
}
