using AiKernels.Runtime.Engine.Scheduling;

namespace AiKernels.Runtime.Tests.Engine.Scheduling;

/// <summary>A request of a simulation: what it wants, and what became of it.</summary>
internal sealed class SimulatedRequest(ScheduledSequence sequence, int answers, ulong start)
{
    private readonly List<ulong> _numbers = [];

    public ScheduledSequence Sequence { get; } = sequence;

    /// <summary>Tokens that are to be chosen.</summary>
    public int Answers { get; } = answers;

    /// <summary>Steps for which its pages are still wanted, once they are computed; it gets no answer.</summary>
    public int Held { get; set; }

    /// <summary>Tokens that were chosen.</summary>
    public int Chosen { get; set; }

    /// <summary>Tokens that steps have computed for it since it lost its pages the last time.</summary>
    public long Worked { get; set; }

    /// <summary>What <see cref="ScheduledSequence.Preemptions"/> and <see cref="ScheduledSequence.IsRunning"/> were before the plan.</summary>
    public (int Preemptions, bool Ran) Before { get; set; }

    /// <summary>The number that belongs at a position: see <see cref="PretendedMemory"/>.</summary>
    public ulong NumberAt(int position)
    {
        while (_numbers.Count <= position)
        {
            _numbers.Add(PretendedMemory.Next(_numbers.Count == 0 ? start : _numbers[^1], Sequence.Tokens[_numbers.Count]));
        }

        return _numbers[position];
    }
}
