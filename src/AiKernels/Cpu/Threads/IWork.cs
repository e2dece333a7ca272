namespace AiKernels.Cpu.Threads;

/// <summary>Work that splits into items, in any order, on any thread, with the same result.</summary>
internal interface IWork
{
    /// <summary>Does one item. An exception ends the dispatch and reaches its caller; other items may not have run then.</summary>
    void Run(int item);
}
