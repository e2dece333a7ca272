using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Library;

/// <summary>Python's operators. Integers that leave 64 bits are refused.</summary>
internal static class Arithmetic
{
    public static Value Add(Rendering run, Value a, Value b)
    {
        switch (a, b)
        {
            case (StringValue x, StringValue y):
                run.Make((long)x.Text.Length + y.Text.Length);
                return new StringValue(x.Text + y.Text);
            case (ListValue x, ListValue y):
                run.Step(x.Count + y.Count);
                return new ListValue([.. x.Items, .. y.Items]);
            case (TupleValue x, TupleValue y):
                run.Step(x.Count + y.Count);
                return new TupleValue([.. x.Items, .. y.Items]);
            default:
                var (m, n) = Numbers(a, b, "+");
                return m.IsInteger && n.IsInteger
                    ? IntegerValue.Of((Int128)m.Integer + n.Integer)
                    : new FloatValue(m.Float + n.Float);
        }
    }

    public static Value Subtract(Value a, Value b)
    {
        var (m, n) = Numbers(a, b, "-");
        return m.IsInteger && n.IsInteger ? IntegerValue.Of((Int128)m.Integer - n.Integer) : new FloatValue(m.Float - n.Float);
    }

    public static Value Multiply(Rendering run, Value a, Value b)
    {
        if (a is StringValue or ListValue or TupleValue)
        {
            return Repeat(run, a, b);
        }

        if (b is StringValue or ListValue or TupleValue)
        {
            return Repeat(run, b, a);
        }

        var (m, n) = Numbers(a, b, "*");
        return m.IsInteger && n.IsInteger ? IntegerValue.Of((Int128)m.Integer * n.Integer) : new FloatValue(m.Float * n.Float);
    }

    public static FloatValue Divide(Value a, Value b)
    {
        var (m, n) = Numbers(a, b, "/");
        return new FloatValue(m.Float / NotZero(n).Float);
    }

    public static Value FloorDivide(Value a, Value b)
    {
        var (m, n) = Numbers(a, b, "//");
        _ = NotZero(n);
        return m.IsInteger && n.IsInteger
            ? IntegerValue.Of(FloorDivide((Int128)m.Integer, n.Integer).Quotient)
            : new FloatValue(FloorDivide(m.Float, n.Float).Quotient);
    }

    public static Value Modulo(Rendering run, Value a, Value b)
    {
        if (a is StringValue format)
        {
            return new StringValue(PercentFormat.Format(run, format.Text, b));
        }

        var (m, n) = Numbers(a, b, "%");
        _ = NotZero(n);
        return m.IsInteger && n.IsInteger
            ? IntegerValue.Of(FloorDivide((Int128)m.Integer, n.Integer).Remainder)
            : new FloatValue(FloorDivide(m.Float, n.Float).Remainder);
    }

    public static Value Power(Value a, Value b)
    {
        var (m, n) = Numbers(a, b, "**");
        if (m.IsInteger && n is { IsInteger: true, Integer: >= 0 })
        {
            return IntegerValue.Of(Power(m.Integer, n.Integer));
        }

        if (m.Float == 0 && n.Float < 0)
        {
            throw new TemplateException("0 has no negative power");
        }

        var power = Math.Pow(m.Float, n.Float);
        return double.IsNaN(power) && m.Float < 0
            ? throw new TemplateException("a negative number has no such power")
            : new FloatValue(power);
    }

    public static Value Negate(Value value)
    {
        var number = Operand(value, "-");
        return number.IsInteger ? IntegerValue.Of(-(Int128)number.Integer) : new FloatValue(-number.Float);
    }

    public static Value Plus(Value value)
    {
        var number = Operand(value, "+");
        return number.IsInteger ? IntegerValue.Of(number.Integer) : value;
    }

    private static Value Repeat(Rendering run, Value value, Value count)
    {
        if (!Number.TryOf(count, out var number) || !number.IsInteger)
        {
            throw new TemplateException($"{value.Kind} can be multiplied by an integer only, not by {Described.Of(count)}");
        }

        var times = Math.Max(number.Integer, 0);
        if (value is StringValue { Text: var text })
        {
            run.Make(Product(times, text.Length));
            var repeated = new PromptText(run);
            for (var i = 0L; i < times && text.Length != 0; i++)
            {
                repeated.Append(text);
            }

            return new StringValue(repeated.ToString());
        }

        var items = Sequences.Items(run, value);
        var length = Product(times, items.Count);
        run.Step(length);
        var all = new List<Value>(length <= Array.MaxLength ? (int)length : throw new TemplateException("a list gets too long"));
        while (all.Count < length)
        {
            all.AddRange(items);
        }

        return value is TupleValue ? new TupleValue([.. all]) : new ListValue(all);
    }

    private static long Product(long times, int length) => (long)Int128.Min((Int128)times * length, long.MaxValue);

    private static (Int128 Quotient, Int128 Remainder) FloorDivide(Int128 a, Int128 b)
    {
        var quotient = a / b;
        var remainder = a - (quotient * b);
        return remainder != 0 && remainder < 0 != b < 0 ? (quotient - 1, remainder + b) : (quotient, remainder);
    }

    // The remainder first, since it is exact.
    private static (double Quotient, double Remainder) FloorDivide(double a, double b)
    {
        var remainder = a % b;
        var quotient = (a - remainder) / b;
        if (remainder == 0)
        {
            remainder = Math.CopySign(0, b);
        }
        else if (remainder < 0 != b < 0)
        {
            remainder += b;
            quotient--;
        }

        var floor = Math.Floor(quotient);
        floor = quotient - floor > 0.5 ? floor + 1 : floor;
        return (floor == 0 ? Math.CopySign(0, a / b) : floor, remainder);
    }

    private static Int128 Power(Int128 value, long exponent)
    {
        Int128 power = 1;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
            {
                power = IntegerValue.Of(power * value).Value;
            }

            if (exponent > 1)
            {
                value = IntegerValue.Of(value * value).Value;
            }
        }

        return power;
    }

    private static (Number A, Number B) Numbers(Value a, Value b, string sign)
    {
        if (Number.TryOf(a, out var m) && Number.TryOf(b, out var n))
        {
            return (m, n);
        }

        foreach (var value in (ReadOnlySpan<Value>)[a, b])
        {
            if (value is UndefinedValue)
            {
                throw Described.Refusal(value, $"can't be an operand of {sign}");
            }
        }

        throw new TemplateException($"{a.Kind} {sign} {b.Kind} has no meaning");
    }

    private static Number Operand(Value value, string sign) => Number.TryOf(value, out var number)
        ? number
        : throw Described.Refusal(value, $"can't be an operand of {sign}");

    private static Number NotZero(Number number) =>
        number.Float != 0 || double.IsNaN(number.Float) ? number : throw new TemplateException("a number is divided by zero");
}
