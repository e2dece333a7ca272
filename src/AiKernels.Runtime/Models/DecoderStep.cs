using System.Runtime.InteropServices;
using AiKernels.Cache;

namespace AiKernels.Runtime.Models;

/// <summary>
/// What a decoder computes at once: tokens of some sequences, and after which of them logits are wanted. A sequence can be
/// withdrawn while the step runs. Reused from step to step; not thread-safe.
/// </summary>
public sealed class DecoderStep
{
    private readonly List<int> _outputs = [], _kept = [];
    private readonly List<Part> _parts = [];
    private bool _hasWithdrawn;

    /// <summary>The tokens.</summary>
    public Batch Batch { get; } = new();

    /// <summary>The tokens, by their index in the batch, after which logits, or hidden states, are wanted.</summary>
    public ReadOnlySpan<int> Outputs => CollectionsMarshal.AsSpan(_outputs);

    /// <summary>
    /// Whether the outputs are multiplied with the vocabulary; without, there are no logits but only what
    /// <see cref="Decoder.ReadHidden"/> gives.
    /// </summary>
    public bool MakesLogits { get; init; } = true;

    /// <summary>Called between two layers, on the thread that runs the step: the moment to <see cref="Withdraw"/>.</summary>
    public Action? BetweenLayers { get; set; }

    /// <summary>Empties it, keeping its memory.</summary>
    public void Clear()
    {
        Batch.Clear();
        _outputs.Clear();
        _parts.Clear();
        _hasWithdrawn = false;
    }

    /// <summary>Adds tokens of one sequence at consecutive positions, all that the step has of it, and gives its number in the step.</summary>
    /// <param name="table">Where the sequence's positions are.</param>
    /// <param name="firstPosition">The first token's.</param>
    /// <param name="tokens">The tokens.</param>
    /// <param name="outputs">After how many of the last ones logits are wanted.</param>
    /// <exception cref="ArgumentException">The block table has no room for them, or was added before.</exception>
    public int Add(BlockTable table, int firstPosition, ReadOnlySpan<int> tokens, int outputs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputs, tokens.Length);
        var first = Batch.Count;
        Batch.Add(table, firstPosition, tokens);
        _parts.Add(new Part(first, tokens.Length, _outputs.Count, outputs, IsWithdrawn: false));
        for (var row = Batch.Count - outputs; row < Batch.Count; row++)
        {
            _outputs.Add(row);
        }

        return _parts.Count - 1;
    }

    /// <summary>Gives a sequence up: no layer from the next one on computes it. The others don't notice.</summary>
    /// <param name="number">Which one <see cref="Add"/> said that it is.</param>
    public void Withdraw(int number)
    {
        _parts[number] = _parts[number] with { IsWithdrawn = true };
        _hasWithdrawn = true;
    }

    /// <summary>The place among the outputs of a sequence's first one; null if it was withdrawn in time.</summary>
    public int? FirstOutput(int number) => _parts[number].Count > 0 ? _parts[number].FirstOutput : null;

    /// <summary>Shortens the batch by what was withdrawn and tells which rows it had before are left; false if that is all of them.</summary>
    internal bool TryDropWithdrawn(out ReadOnlySpan<int> kept)
    {
        kept = default;
        if (!_hasWithdrawn)
        {
            return false;
        }

        _hasWithdrawn = false;
        _kept.Clear();
        _outputs.Clear();
        for (var i = 0; i < _parts.Count; i++)
        {
            var part = _parts[i];
            part = part.IsWithdrawn ? part with { Count = 0, Outputs = 0 } : part;
            _parts[i] = part with { First = _kept.Count, FirstOutput = _outputs.Count };
            for (var row = 0; row < part.Count; row++)
            {
                if (row >= part.Count - part.Outputs)
                {
                    _outputs.Add(_kept.Count);
                }

                _kept.Add(part.First + row);
            }
        }

        kept = CollectionsMarshal.AsSpan(_kept);
        Batch.Keep(kept);
        return true;
    }

    private readonly record struct Part(int First, int Count, int FirstOutput, int Outputs, bool IsWithdrawn);
}
