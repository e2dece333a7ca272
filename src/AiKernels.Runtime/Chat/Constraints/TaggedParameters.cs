using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Chat.Constraints;

/// <summary>A parameter that may be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
/// <param name="IsRequired">Whether it must be there.</param>
internal sealed record TaggedParameter(Expression Name, Expression Value, bool IsRequired)
{
    /// <summary>Whether it stands for several.</summary>
    public bool Repeats { get; init; }
}

/// <summary>Parameters between tags, in any order, each once: what may still come is written when a text reaches it.</summary>
internal sealed class TaggedParameters : IExpressionFamily
{
    private readonly CallExpressions _calls;
    private readonly CallPiece.Parameters _tags;
    private readonly TaggedParameter[] _parameters;

    // What stands behind the tag that opens a parameter, up to the one that closes it.
    private readonly Expression[] _written;

    public TaggedParameters(CallExpressions calls, CallPiece.Parameters tags, TaggedParameter[] parameters)
    {
        (_calls, _tags, _parameters) = (calls, tags, parameters);
        var line = tags.HasLines ? calls.Text("\n") : Store.Empty;
        var open = tags.ValueOpen.Length > 0 ? Store.Sequence(calls.Space, calls.Marker(tags.ValueOpen), line) : line;
        var (nameEnd, close) = (calls.Marker(tags.NameEnd), Store.Sequence(line, calls.Marker(tags.Close)));
        _written = Array.ConvertAll(parameters, parameter => Store.Sequence(parameter.Name, nameEnd, open, parameter.Value, close));
    }

    /// <summary>All of them.</summary>
    public Expression All => Rest(new string('1', _parameters.Length));

    private ExpressionStore Store => _calls.Store;

    bool IExpressionFamily.EndsUniqueItem(object state) => false;

    /// <summary>One of those that are left, and what may follow it. A state has a 1 for each of these.</summary>
    Expression IExpressionFamily.Write(object state)
    {
        var left = (string)state;
        var next = Enumerable.Range(0, left.Length).Where(i => left[i] == '1').Select(i => Store.Sequence(
            _written[i], Rest(_parameters[i].Repeats ? left : $"{left[..i]}0{left[(i + 1)..]}")));
        return Store.Sequence(_calls.Space, _calls.Marker(_tags.Open), Store.Choice([.. next]));
    }

    private Expression Rest(string left)
    {
        var more = left.Contains('1') ? Store.Member(this, left) : Store.Nothing;
        var mayEnd = !_parameters.Where((parameter, i) => parameter.IsRequired && left[i] == '1').Any();
        return mayEnd ? Store.Optional(more) : more;
    }
}
