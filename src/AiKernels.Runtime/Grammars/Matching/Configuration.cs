using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Matching;

/// <summary>Where a text can stand in a grammar: all stacks that it may have led to.</summary>
internal sealed class Configuration(int id, StackNode[] stacks, bool isComplete)
{
    public int Id => id;

    /// <summary>The stacks whose tops take a symbol next.</summary>
    public ReadOnlySpan<StackNode> Stacks => stacks;

    /// <summary>Whether the text may end here.</summary>
    public bool IsComplete => isComplete;

    /// <summary>Whether no text goes on from here.</summary>
    public bool IsEnd => stacks.Length == 0;

    /// <summary>Whether no such text is in the grammar, and none that begins with it.</summary>
    public bool IsDead => IsEnd && !isComplete;

    /// <summary>The bytes that a text may go on with, as far as that shows.</summary>
    public ByteSet FirstBytes
    {
        get
        {
            var first = default(ByteSet);
            foreach (var stack in stacks)
            {
                first |= stack.Top.FirstBytes;
            }

            return first;
        }
    }

    /// <summary>Where each byte leads, as far as that is known; null before any is.</summary>
    internal Configuration?[]? Next { get; set; }
}
