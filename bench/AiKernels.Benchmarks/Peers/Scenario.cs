using AiKernels.Benchmarks.Engines;
using AiKernels.Runtime.Models;

namespace AiKernels.Benchmarks.Peers;

/// <summary>What is timed.</summary>
internal enum Phase
{
    /// <summary>A prompt.</summary>
    Prefill,

    /// <summary>Tokens one by one.</summary>
    Decode,
}

/// <summary>One measurement.</summary>
/// <param name="Name">The name by which it is picked.</param>
/// <param name="Phase">What is timed.</param>
/// <param name="Tokens">Tokens of each sequence.</param>
/// <param name="Depth">Tokens that each sequence has before.</param>
/// <param name="Sequences">Sequences that run together.</param>
internal sealed record Scenario(string Name, Phase Phase, int Tokens, int Depth, int Sequences)
{
    // Enough to compile everything and to touch all memory.
    private const int WarmupPrompt = 64, WarmupTokens = 16;

    /// <summary>The names there are.</summary>
    public static readonly string[] Names = ["prefill", "decode", "prefill-deep", "decode-deep", "together"];

    /// <summary>Positions of a sequence.</summary>
    public int Positions => Depth + Tokens;

    /// <summary>The same with fewer tokens, to be thrown away.</summary>
    public Scenario Warmup => this with { Tokens = Math.Min(Tokens, Phase == Phase.Prefill ? WarmupPrompt : WarmupTokens) };

    /// <summary>All of them, in the order in which contexts grow.</summary>
    public static IReadOnlyList<Scenario> All(PeersPlan plan) =>
    [
        new(Names[0], Phase.Prefill, plan.Prompt, 0, 1),
        new(Names[1], Phase.Decode, plan.Generate, 0, 1),
        new(Names[2], Phase.Prefill, plan.Prompt, plan.Depth, 1),
        new(Names[3], Phase.Decode, plan.Generate, plan.Depth, 1),
        new(Names[4], Phase.Decode, plan.Generate, 0, plan.Sequences),
    ];

    /// <summary>Operations of the matrices for a token.</summary>
    public double OperationsPerToken(DecoderWork work) => Phase == Phase.Prefill
        ? work.PrefillOperations(Tokens) / Tokens
        : work.DecodeOperations();

    /// <summary>Bytes that are read at least for a token: each step reads the weights once.</summary>
    public double BytesPerToken(DecoderWork work)
    {
        if (Phase == Phase.Decode)
        {
            return work.DecodeBytes(DecoderWork.MeanPositions(Depth, Tokens), Sequences) / Sequences;
        }

        var bytes = 0.0;
        for (var end = 0; end < Tokens;)
        {
            end = Math.Min(end + Engine.Chunk, Tokens);
            bytes += work.DecodeBytes(Depth + end);
        }

        return bytes / Tokens;
    }

    /// <summary>What it is, for people.</summary>
    public override string ToString()
    {
        var what = Phase == Phase.Prefill ? $"prefill {Tokens}" : $"decode {Tokens}";
        var where = Depth > 0 ? $" at depth {Depth}" : "";
        return Sequences > 1 ? $"{what}{where}, {Sequences} sequences" : what + where;
    }
}
