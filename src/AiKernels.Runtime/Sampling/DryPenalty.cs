using System.Runtime.InteropServices;
using System.Text;
using AiKernels.Numerics;

namespace AiKernels.Runtime.Sampling;

/// <summary>A penalty for tokens that would go on with a repetition, the longer the more.</summary>
/// <param name="options">How much.</param>
/// <param name="piece">The bytes of a token; null where tokens have no text, and nothing breaks a repetition.</param>
internal sealed class DryPenalty(SamplingOptions options, DryPenalty.TokenPiece? piece) : LogitChange
{
    private readonly byte[][] _breakers = [.. options.DryBreakers.Select(Encoding.UTF8.GetBytes)];

    // How long a repetition each token would go on with.
    private readonly Dictionary<int, int> _repetitions = [];
    private readonly Dictionary<int, bool> _breaks = [];
    private int[] _reversed = [], _matches = [];

    /// <summary>The bytes that a token stands for.</summary>
    public delegate ReadOnlySpan<byte> TokenPiece(int token);

    public override bool IsActive => options.DryMultiplier > 0;

    public override int? Lowered => options.DryWindow;

    protected override void Read(ReadOnlySpan<int> history)
    {
        _repetitions.Clear();
        var count = Math.Min(history.Length, options.DryWindow);
        if (_reversed.Length < count)
        {
            (_reversed, _matches) = (new int[count], new int[count]);
        }

        // Backwards, what was said last is a beginning, and repetitions are where it begins again.
        var unbroken = -1;
        for (var i = 0; i < count; i++)
        {
            _reversed[i] = history[history.Length - 1 - i];
            unbroken = unbroken < 0 && Breaks(_reversed[i]) ? i : unbroken;
        }

        FindMatches(count);
        for (var i = 1; i < count; i++)
        {
            var length = Math.Min(_matches[i], unbroken < 0 ? count : unbroken);
            if (length >= options.DryAllowedLength && !Breaks(_reversed[i - 1]))
            {
                ref var longest = ref CollectionsMarshal.GetValueRefOrAddDefault(_repetitions, _reversed[i - 1], out _);
                longest = Math.Max(longest, length);
            }
        }
    }

    protected override bool Changes(int token) => _repetitions.ContainsKey(token);

    protected override float Of(int token, float logit) =>
        logit - (float)(options.DryMultiplier * Elementary.Pow((double)options.DryBase, _repetitions[token] - options.DryAllowedLength));

    /// <summary>How long the text is, from each place on, that is also its beginning: the Z function, in linear time.</summary>
    private void FindMatches(int count)
    {
        var (text, matches) = (_reversed, _matches);
        for (int i = 1, left = 0, right = 0; i < count; i++)
        {
            var length = i < right ? Math.Min(right - i, matches[i - left]) : 0;
            while (i + length < count && text[length] == text[i + length])
            {
                length++;
            }

            matches[i] = length;
            (left, right) = i + length > right ? (i, i + length) : (left, right);
        }
    }

    private bool Breaks(int token) => _breaks.TryGetValue(token, out var known) ? known : _breaks[token] = HasBreaker(token);

    private bool HasBreaker(int token)
    {
        foreach (var breaker in piece is null ? [] : _breakers)
        {
            if (piece!(token).IndexOf(breaker) >= 0)
            {
                return true;
            }
        }

        return false;
    }
}
