namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Makes parts of a text as it comes.</summary>
internal abstract class AnswerParser(ToolTable tools)
{
    private int _calls;

    /// <summary>What came of it so far, until it is taken.</summary>
    public AnswerParts Parts { get; } = new();

    protected PendingText Text { get; } = new();

    /// <summary>Whether what was read may have to be read again.</summary>
    protected abstract bool IsUndecided { get; }

    /// <summary>Reads on.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        if (!IsUndecided)
        {
            Text.Forget();
        }

        Text.Append(text);
        Read(isEnd: false);
    }

    /// <summary>Gives out what was held back, since nothing more comes.</summary>
    public void Finish() => Read(isEnd: true);

    protected abstract void Read(bool isEnd);

    protected OpenCall NewCall(bool isBare) => new(isBare, tools, Parts, _calls);

    /// <summary>A call is over, whole or not; the next one has the next number, if anybody heard of this one.</summary>
    protected void Count(bool wasHeardOf) => _calls += wasHeardOf ? 1 : 0;
}
