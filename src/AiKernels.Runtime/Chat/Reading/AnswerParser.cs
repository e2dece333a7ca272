using AiKernels.Runtime.Chat.Syntax;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>
/// Makes parts of a text as it comes. Families differ in what leads to a call; a call that turns out to be none is the same in
/// all: what set it off is text, and what follows that is read again.
/// </summary>
internal abstract class AnswerParser(ToolTable tools)
{
    // How often a text is read again, on average: a call may break at its end, and there may be another one in each place of it.
    private const int MostRereads = 4;

    // Of a call: what reads it, and where what set it off begins and ends.
    private CallReader? _call;
    private int _mark, _behindMark;

    private int _calls;
    private long _reread;

    /// <summary>What came of it so far, until it is taken.</summary>
    public AnswerParts Parts { get; } = new();

    protected PendingText Text { get; } = new();

    /// <summary>Whether what was read may have to be read again, calls aside.</summary>
    protected virtual bool IsUndecided => false;

    /// <summary>Reads on.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        if (_call is null && !IsUndecided)
        {
            Text.Forget();
        }

        Text.Append(text);
        Read(isEnd: false);
    }

    /// <summary>Gives out what was held back, since nothing more comes.</summary>
    public void Finish() => Read(isEnd: true);

    /// <summary>Reads what is no call; tells whether there may be more to read.</summary>
    protected abstract bool ReadOther(bool isEnd);

    /// <summary>From here on there is a call.</summary>
    /// <param name="format">How it is written.</param>
    /// <param name="mark">Where what sets it off begins.</param>
    /// <param name="behindMark">And where that ends.</param>
    /// <param name="name">The tool, where what sets it off says it.</param>
    protected void Enter(CallFormat format, int mark, int behindMark, string? name = null)
    {
        (_mark, _behindMark) = (mark, behindMark);
        _call = new CallReader(format, new OpenCall(format.IsBare, tools, Parts, _calls) { Name = name });
    }

    /// <summary>What follows a call.</summary>
    protected abstract void Leave(bool wasWhole);

    private void Read(bool isEnd)
    {
        while (_call is null ? ReadOther(isEnd) : ReadCall(_call, isEnd))
        {
        }
    }

    private bool ReadCall(CallReader call, bool isEnd)
    {
        var progress = call.Read(Text, isEnd);
        if (progress == Progress.NeedsMore)
        {
            return false;
        }

        _calls += call.HasStarted ? 1 : 0;
        _call = null;
        if (progress == Progress.Broken)
        {
            ReadAgain();
        }

        Leave(progress == Progress.Done);
        return true;
    }

    /// <summary>What was read was no call. It is read again but for what set it off, unless that has happened too often.</summary>
    private void ReadAgain()
    {
        _reread += Text.Position - _behindMark;
        Text.Position = _reread > MostRereads * Text.Place ? Text.Position : _behindMark;
        Parts.Text(Text.Between(_mark, Text.Position));
    }
}
