using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>A row's states of all segments, joined from the first to the last, for one channel.</summary>
internal struct JoinedStates
{
    private float _maximum, _sum, _output;

    /// <summary>The channel's result.</summary>
    /// <param name="states">All states: m, l, channels.</param>
    /// <param name="first">Where the first segment's is.</param>
    /// <param name="stride">From a segment's to the next one's.</param>
    /// <param name="count">Segments.</param>
    /// <param name="channel">The channel.</param>
    public static float Channel(ArrayView<float> states, long first, long stride, int count, int channel)
    {
        var joined = new JoinedStates { _maximum = states[first], _sum = states[first + 1], _output = states[first + 2 + channel] };
        for (var segment = 1; segment < count; segment += 4)
        {
            // Four at once, so that they are on their way together; what is beyond the last comes again and counts for nothing.
            var a = Load(states, first, stride, segment, count, channel);
            var b = Load(states, first, stride, segment + 1, count, channel);
            var c = Load(states, first, stride, segment + 2, count, channel);
            var d = Load(states, first, stride, segment + 3, count, channel);
            joined = joined.Join(a, exists: true).Join(b, segment + 1 < count).Join(c, segment + 2 < count).Join(d, segment + 3 < count);
        }

        return joined._output / joined._sum;
    }

    private static JoinedStates Load(ArrayView<float> states, long first, long stride, int segment, int count, int channel)
    {
        var place = first + (IntrinsicMath.Min(segment, count - 1) * stride);
        return new() { _maximum = states[place], _sum = states[place + 1], _output = states[place + 2 + channel] };
    }

    private readonly JoinedStates Join(JoinedStates segment, bool exists)
    {
        if (!exists)
        {
            return this;
        }

        var merge = new StateMerge(_maximum, segment._maximum);
        return new()
        {
            _maximum = merge.Maximum,
            _sum = merge.Join(_sum, segment._sum),
            _output = merge.Join(_output, segment._output),
        };
    }
}
