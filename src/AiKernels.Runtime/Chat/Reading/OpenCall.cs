using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>A call that is being read.</summary>
/// <param name="isBare">Whether nothing marks it, so that it is an object like others.</param>
/// <param name="tools">The tools that there are.</param>
/// <param name="parts">Where its parts go.</param>
/// <param name="index">Its number.</param>
internal sealed class OpenCall(bool isBare, ToolTable tools, AnswerParts parts, int index)
{
    public string? Name { get; set; }

    public string? Id { get; set; }

    /// <summary>Whether its start was given out.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Whether nothing marks it, so that it is an object like others.</summary>
    public bool IsBare => isBare;

    public ToolTable Tools => tools;

    /// <summary>Gives out its start, now that there are arguments; false where there is no such tool.</summary>
    public bool TryStart()
    {
        if (Name is null or "" || !tools.MayHave(Name))
        {
            return false;
        }

        HasStarted = true;
        parts.Start(index, Id, Name);
        return true;
    }

    public void Add(ReadOnlySpan<char> json) => parts.Arguments(index, json);

    public void End() => parts.End(index);
}
