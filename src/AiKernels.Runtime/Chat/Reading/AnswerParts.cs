using System.Text;

namespace AiKernels.Runtime.Chat.Reading;

/// <summary>Collects parts; pieces of the same kind that follow each other become one.</summary>
internal sealed class AnswerParts
{
    private readonly List<AnswerPart> _parts = [];
    private readonly StringBuilder _piece = new();
    private Func<string, AnswerPart>? _make;
    private int _index = -1;

    public void Text(ReadOnlySpan<char> text) => Add(text, -1, TextOf);

    public void Reasoning(ReadOnlySpan<char> text) => Add(text, -1, ReasoningOf);

    public void Start(int index, string? id, string name) => Add(new ToolCallStart(index, id, name));

    public void Arguments(int index, ReadOnlySpan<char> json) =>
        Add(json, index, index == _index ? _make! : piece => new ToolCallArguments(index, piece));

    public void End(int index) => Add(new ToolCallEnd(index));

    /// <summary>All parts since the last time.</summary>
    public IReadOnlyList<AnswerPart> Take()
    {
        Finish();
        if (_parts.Count == 0)
        {
            return [];
        }

        AnswerPart[] parts = [.. _parts];
        _parts.Clear();
        return parts;
    }

    private static TextPart TextOf(string text) => new(text);

    private static ReasoningPart ReasoningOf(string text) => new(text);

    private void Add(AnswerPart part)
    {
        Finish();
        _parts.Add(part);
    }

    private void Add(ReadOnlySpan<char> piece, int index, Func<string, AnswerPart> make)
    {
        if (piece.IsEmpty)
        {
            return;
        }

        if (_make != make)
        {
            Finish();
            (_make, _index) = (make, index);
        }

        _piece.Append(piece);
    }

    private void Finish()
    {
        if (_make is not null)
        {
            _parts.Add(_make(_piece.ToString()));
            _piece.Clear();
            (_make, _index) = (null, -1);
        }
    }
}
