using System.Buffers;
using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>Finds tokens that are never split, by their full text, before anything else is cut.</summary>
internal sealed class SpecialTokens
{
    private readonly SearchValues<string> _texts;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _tokens;
    private readonly int[] _lengths;

    /// <summary>Takes the tokens of <paramref name="vocabulary"/> whose type is one of <paramref name="types"/>.</summary>
    public SpecialTokens(Vocabulary vocabulary, params ReadOnlySpan<TokenType> types)
    {
        Dictionary<string, int> byText = [];
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (types.Contains(vocabulary.Type(id)) && vocabulary.Tokens[id].Length != 0)
            {
                byText.TryAdd(Encoding.UTF8.GetString(vocabulary.Tokens[id]), id);
            }
        }

        _texts = SearchValues.Create([.. byText.Keys], StringComparison.Ordinal);
        _tokens = byText.GetAlternateLookup<ReadOnlySpan<char>>();
        _lengths = [.. byText.Keys.Select(text => text.Length).Distinct().OrderDescending()];
    }

    /// <summary>Finds the leftmost special token in <paramref name="text"/>; where several begin, the longest.</summary>
    public bool TryFind(ReadOnlySpan<char> text, out (int Start, int Length, int Token) found)
    {
        found = default;
        var start = text.IndexOfAny(_texts);
        if (start < 0)
        {
            return false;
        }

        foreach (var length in _lengths)
        {
            if (start + length <= text.Length && _tokens.TryGetValue(text.Slice(start, length), out var token))
            {
                found = (start, length, token);
                return true;
            }
        }

        return false;
    }
}
