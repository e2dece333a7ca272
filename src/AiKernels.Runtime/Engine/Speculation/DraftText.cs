using System.Runtime.InteropServices;
using AiKernels.Cache;

namespace AiKernels.Runtime.Engine.Speculation;

/// <summary>A request as a draft model sees it: the tokens that it has run, and then those that it guessed.</summary>
/// <param name="table">Where its keys and values of them are.</param>
internal sealed class DraftText(BlockTable table)
{
    private readonly List<int> _tokens = [];

    /// <summary>Where keys and values are.</summary>
    public BlockTable Table => table;

    /// <summary>All tokens, guesses included.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Tokens whose keys and values are stored.</summary>
    public int Computed { get; set; }

    /// <summary>Tokens that are known or guessed, and not stored.</summary>
    public ReadOnlySpan<int> Missing => Tokens[Computed..];

    /// <summary>Takes over what was really said. Of what was guessed, the beginning that was right stays stored.</summary>
    public void Follow(ReadOnlySpan<int> tokens)
    {
        var common = tokens.CommonPrefixLength(Tokens);
        _tokens.RemoveRange(common, _tokens.Count - common);
        _tokens.AddRange(tokens[common..]);
        Computed = Math.Min(Computed, common);
    }

    /// <summary>Guesses that a token follows.</summary>
    public void Append(int token) => _tokens.Add(token);
}
