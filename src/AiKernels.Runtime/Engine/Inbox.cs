using System.Collections.Concurrent;

namespace AiKernels.Runtime.Engine;

/// <summary>What other threads bring to the engine's, and what wakes it.</summary>
internal sealed class Inbox<T>
{
    private readonly ConcurrentQueue<T> _items = new();
    private readonly object _news = new();
    private bool _hasNews;

    /// <summary>Brings something.</summary>
    public void Post(T item)
    {
        _items.Enqueue(item);
        Wake();
    }

    /// <summary>Takes what came first.</summary>
    public bool TryTake(out T item) => _items.TryDequeue(out item!);

    /// <summary>Ends the sleep that is under way, or else the next one.</summary>
    public void Wake()
    {
        lock (_news)
        {
            _hasNews = true;
            Monitor.Pulse(_news);
        }
    }

    /// <summary>Sleeps until there are news since the last sleep, but no longer than that.</summary>
    public void Sleep(TimeSpan most)
    {
        lock (_news)
        {
            if (!_hasNews)
            {
                Monitor.Wait(_news, most);
            }

            _hasNews = false;
        }
    }
}
