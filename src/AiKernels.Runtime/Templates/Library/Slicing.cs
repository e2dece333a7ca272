using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Parts of sequences and strings: <c>x[start:stop:step]</c>.</summary>
internal static class Slicing
{
    /// <param name="run">The rendering.</param>
    /// <param name="value">What is cut.</param>
    /// <param name="bounds">Start, stop and step; none where they are left out.</param>
    public static Value Slice(Rendering run, Value value, (Value Start, Value Stop, Value Step) bounds)
    {
        if (value is not (StringValue or SequenceValue))
        {
            throw Described.Refusal(value, "can't be sliced");
        }

        var (start, stop, step, count) = Places(Sequences.Count(run, value), bounds);
        run.Step(count);
        return value switch
        {
            StringValue text => new StringValue(Part(run, text, start, step, count)),
            TupleValue => new TupleValue([.. Items((SequenceValue)value)]),
            RangeValue range => new RangeValue(range.Start + (start * range.Step), range.Step * step, count)
            {
                Stop = range.Start + (stop * range.Step),
            },
            _ => new ListValue([.. Items((SequenceValue)value)]),
        };

        IEnumerable<Value> Items(SequenceValue sequence) =>
            Enumerable.Range(0, count).Select(index => sequence[start + (index * step)]);
    }

    // Places count from the end where they are negative, and stop at both ends.
    private static (int Start, int Stop, int Step, int Count) Places(int length, (Value Start, Value Stop, Value Step) bounds)
    {
        // Larger steps than the length take one item, whatever they are.
        var step = bounds.Step is NoneValue ? 1 : (int)Math.Clamp(Bound(bounds.Step), -length - 1, length + 1);
        if (step == 0)
        {
            throw new TemplateException("the step of a slice can't be 0");
        }

        var (first, last) = step > 0 ? (0, length) : (-1, length - 1);
        var start = Place(bounds.Start, step > 0 ? first : last);
        var stop = Place(bounds.Stop, step > 0 ? last : first);
        var distance = step > 0 ? stop - start : start - stop;
        return (start, stop, step, distance <= 0 ? 0 : ((distance - 1) / Math.Abs(step)) + 1);

        int Place(Value bound, int fallback)
        {
            if (bound is NoneValue)
            {
                return fallback;
            }

            var place = Bound(bound);
            return (int)Math.Clamp(place < 0 ? Math.Max(place, -length - 1) + length : place, first, last);
        }
    }

    private static long Bound(Value value) => Number.IntegerOf(value, "a bound of a slice");

    private static string Part(Rendering run, StringValue text, int start, int step, int count)
    {
        if (step == 1)
        {
            var unit = text.UnitOf(run, start);
            return text.Text[unit..text.UnitOf(run, start + count)];
        }

        var part = new PromptText(run);
        for (var i = 0; i < count; i++)
        {
            part.Append(text.Character(run, start + (i * step)).Text);
        }

        return part.ToString();
    }
}
