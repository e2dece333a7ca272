using System.Text;
using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>Collects tokens in any order of their ids.</summary>
internal sealed class VocabularyBuilder(string file)
{
    // Ids with no token fill up with empty texts, so that a small file can't ask for a large vocabulary.
    private const int MostGaps = 1 << 16;

    private readonly SortedDictionary<int, Token> _added = [];
    private readonly List<(int Id, byte[] Text, float Score)> _tokens = [];
    private readonly Dictionary<int, AddedTokenFlags> _flags = [];
    private Dictionary<string, int>? _ids;

    /// <summary>How added tokens are looked for; <see cref="Build"/> tells those that the model does not know.</summary>
    public IReadOnlyDictionary<int, AddedTokenFlags> Flags => _flags;

    /// <summary>Adds a token that words are made of.</summary>
    public void Add(int id, byte[] text, float score = 0)
    {
        _tokens.Add((id, text, score));
        _ids?.TryAdd(Encoding.UTF8.GetString(text), id);
    }

    /// <summary>Adds a token that is found by its full text, or says that a token is.</summary>
    public void AddSpecial(int id, string text, TokenType type, AddedTokenFlags flags)
    {
        _added[id] = new(Encoding.UTF8.GetBytes(text), type);
        if (_ids is not null)
        {
            _ids[text] = id;
        }

        if (flags != AddedTokenFlags.None)
        {
            _flags[id] = flags;
        }
    }

    /// <summary>The id of a text, if it is a token.</summary>
    public int? Find(string? text)
    {
        if (text is null)
        {
            return null;
        }

        if (_ids is null)
        {
            _ids = [];
            foreach (var (id, bytes, _) in _tokens)
            {
                _ids.TryAdd(Encoding.UTF8.GetString(bytes), id);
            }

            foreach (var (id, token) in _added)
            {
                _ids[Encoding.UTF8.GetString(token.Text)] = id;
            }
        }

        return _ids.TryGetValue(text, out var found) ? found : null;
    }

    /// <summary>The tokens in the order of their ids.</summary>
    /// <param name="bytesAreTokens">Whether tokens written <c>&lt;0xNN&gt;</c> stand for bytes.</param>
    /// <exception cref="InvalidDataException">Two tokens have one id, or there are more gaps than tokens.</exception>
    public (Utf8Texts Texts, TokenType[] Types, float[] Scores) Build(bool bytesAreTokens)
    {
        var count = 1 + Math.Max(_tokens.Count == 0 ? -1 : _tokens.Max(token => token.Id), _added.Count == 0 ? -1 : _added.Keys.Max());
        var lowest = Math.Min(_tokens.Count == 0 ? 0 : _tokens.Min(token => token.Id), _added.Count == 0 ? 0 : _added.Keys.Min());
        if (lowest < 0 || count < 0 || count > (2L * (_tokens.Count + _added.Count)) + MostGaps)
        {
            throw new InvalidDataException(
                $"{Printable.Text(file)} has {_tokens.Count + _added.Count} tokens, but ids from {lowest} to {count - 1}");
        }

        var (texts, types, scores) = (new byte[]?[count], new TokenType[count], new float[count]);
        Array.Fill(types, TokenType.Unused);
        foreach (var (id, text, score) in _tokens)
        {
            if (texts[id] is not null)
            {
                throw new InvalidDataException($"{Printable.Text(file)} has two tokens with the id {id}");
            }

            var isByte = bytesAreTokens && text is [(byte)'<', (byte)'0', (byte)'x', _, _, (byte)'>'];
            (texts[id], types[id], scores[id]) = (text, isByte ? TokenType.Byte : TokenType.Normal, score);
        }

        foreach (var (id, token) in _added)
        {
            if (texts[id] is null)
            {
                _flags[id] = _flags.GetValueOrDefault(id) | AddedTokenFlags.OutsideModel;
            }

            (texts[id], types[id]) = (token.Text, token.Type);
        }

        var joined = new Utf8Texts(count, (int)Math.Min(int.MaxValue / 2, texts.Sum(text => text?.Length ?? 0L)));
        Array.ForEach(texts, text => joined.Add(text));
        return (joined, types, scores);
    }

    private readonly record struct Token(byte[] Text, TokenType Type);
}
