using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary><c>a &lt; b &lt;= c</c>: each with its neighbour, up to the first that doesn't hold.</summary>
internal sealed record ComparisonExpression(int At, Expression First, (string Sign, Expression Operand)[] Rest)
    : Expression(At, Over([First, .. Rest.Select(step => step.Operand)]))
{
    public override Value Evaluate(Scope scope)
    {
        var run = scope.Run;
        var left = First.Evaluate(scope);
        foreach (var (sign, operand) in Rest)
        {
            var right = operand.Evaluate(scope);
            run.StepAt(At);
            if (!Holds(run, left, sign, right))
            {
                return BooleanValue.False;
            }

            left = right;
        }

        return BooleanValue.True;
    }

    private static bool Holds(Rendering run, Value left, string sign, Value right) => sign switch
    {
        "==" => Comparison.Equal(run, left, right),
        "!=" => !Comparison.Equal(run, left, right),
        "<" => Comparison.Compare(run, left, right) < 0,
        "<=" => Comparison.Compare(run, left, right) <= 0,
        ">" => Comparison.Compare(run, left, right) > 0,
        ">=" => Comparison.Compare(run, left, right) >= 0,
        "in" => Comparison.Contains(run, right, left),
        _ => !Comparison.Contains(run, right, left),
    };
}
