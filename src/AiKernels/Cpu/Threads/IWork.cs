namespace AiKernels.Cpu.Threads;

/// <summary>Work that splits into items, in any order, on any thread, with the same result.</summary>
internal interface IWork
{
    /// <summary>Does one item. Must not throw: operands were checked before.</summary>
    void Run(int item);
}
