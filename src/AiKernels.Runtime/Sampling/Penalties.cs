using System.Runtime.InteropServices;

namespace AiKernels.Runtime.Sampling;

/// <summary>A bias for some tokens, and penalties for those that were said lately.</summary>
internal sealed class Penalties(SamplingOptions options) : LogitChange
{
    private readonly Dictionary<int, int> _recent = [];

    private readonly bool _hasPenalty = options is not { RepetitionPenalty: 1, FrequencyPenalty: 0, PresencePenalty: 0 };

    public override bool IsActive => _hasPenalty || options.LogitBias.Count > 0;

    public override int? Lowered
    {
        get
        {
            var raises = options.LogitBias.Any(bias => bias.Value > 0)
                || options.RepetitionPenalty < 1 || options.FrequencyPenalty < 0 || options.PresencePenalty < 0;
            return raises ? null : (int)Math.Min((long)options.LogitBias.Count + (_hasPenalty ? options.RepetitionWindow : 0), int.MaxValue);
        }
    }

    protected override void Read(ReadOnlySpan<int> history)
    {
        _recent.Clear();
        foreach (var token in _hasPenalty ? history[Math.Max(history.Length - options.RepetitionWindow, 0)..] : [])
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_recent, token, out _)++;
        }
    }

    protected override bool Changes(int token) => _recent.ContainsKey(token) || options.LogitBias.ContainsKey(token);

    protected override float Of(int token, float logit)
    {
        logit += options.LogitBias.TryGetValue(token, out var bias) ? bias : 0;
        if (_recent.TryGetValue(token, out var count))
        {
            logit = logit > 0 ? logit / options.RepetitionPenalty : logit * options.RepetitionPenalty;
            logit -= (count * options.FrequencyPenalty) + options.PresencePenalty;
        }

        return logit;
    }
}
