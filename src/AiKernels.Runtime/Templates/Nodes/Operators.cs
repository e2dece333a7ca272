using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary><c>-a</c> or <c>+a</c></summary>
internal sealed record SignExpression(int At, bool IsMinus, Expression Operand) : Expression(At, Over(Operand))
{
    public override Value Evaluate(Scope scope)
    {
        var value = Operand.Evaluate(scope);
        scope.Run.StepAt(At);
        return IsMinus ? Arithmetic.Negate(value) : Arithmetic.Plus(value);
    }
}

/// <summary><c>not a</c></summary>
internal sealed record NotExpression(int At, Expression Operand) : Expression(At, Over(Operand))
{
    public override Value Evaluate(Scope scope)
    {
        scope.Run.Step();
        return BooleanValue.Of(!Operand.Evaluate(scope).IsTrue);
    }
}

/// <summary><c>a and b</c> or <c>a or b</c>: the operand that decides.</summary>
internal sealed record LogicExpression(int At, bool IsAnd, Expression Left, Expression Right) : Expression(At, Over(Left, Right))
{
    public override Value Evaluate(Scope scope)
    {
        scope.Run.Step();
        var left = Left.Evaluate(scope);
        return left.IsTrue == IsAnd ? Right.Evaluate(scope) : left;
    }
}

/// <summary>An operator of arithmetic.</summary>
internal sealed record ArithmeticExpression(int At, string Sign, Expression Left, Expression Right) : Expression(At, Over(Left, Right))
{
    private readonly Func<Rendering, Value, Value, Value> _apply = Sign switch
    {
        "+" => Arithmetic.Add,
        "-" => (_, a, b) => Arithmetic.Subtract(a, b),
        "*" => Arithmetic.Multiply,
        "/" => (_, a, b) => Arithmetic.Divide(a, b),
        "//" => (_, a, b) => Arithmetic.FloorDivide(a, b),
        "%" => Arithmetic.Modulo,
        _ => (_, a, b) => Arithmetic.Power(a, b),
    };

    public override Value Evaluate(Scope scope)
    {
        var left = Left.Evaluate(scope);
        var right = Right.Evaluate(scope);
        scope.Run.StepAt(At);
        return _apply(scope.Run, left, right);
    }
}

/// <summary><c>a ~ b ~ c</c>: their texts one behind the other.</summary>
internal sealed record ConcatenationExpression(int At, Expression[] Parts) : Expression(At, Over(Parts))
{
    public override Value Evaluate(Scope scope)
    {
        var run = scope.Run;
        var texts = new string[Parts.Length];
        var length = 0L;
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = PythonText.Of(run, Parts[i].Evaluate(scope));
            length += texts[i].Length;
        }

        run.StepAt(At);
        run.Make(length);
        return new StringValue(string.Concat(texts));
    }
}

/// <summary><c>a if b else c</c>; undefined where there is no else.</summary>
internal sealed record ConditionalExpression(int At, Expression Test, Expression Then, Expression? Else)
    : Expression(At, Over(Test, Then, Else))
{
    public override Value Evaluate(Scope scope)
    {
        scope.Run.Step();
        return Test.Evaluate(scope).IsTrue ? Then.Evaluate(scope) : Else?.Evaluate(scope) ?? UndefinedValue.Nothing;
    }
}
