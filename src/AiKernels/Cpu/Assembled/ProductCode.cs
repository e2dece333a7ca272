using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>What the products of packed weights with a few tokens have in common, wherever the weights are read from.</summary>
/// <remarks>
/// The loop they stand for, for each row and token:
/// <code>
/// for each segment:  I = 0
///     for each group:  p = -offset * A;  for each step: p += code * a;  I += factor * p
///     y = fma(scale * t, I, y);  y = fma(-(minimumScale * t), sum of minimum * A, y)
/// </code>
/// Rows fill one vector register or two, which are multiplied one by one or together.
/// </remarks>
/// <param name="a">Where to.</param>
/// <param name="shape">The format.</param>
/// <param name="tokens">How many.</param>
/// <param name="vectors">Registers of rows.</param>
internal abstract class ProductCode(VectorAssembler a, BlockShape shape, int tokens, int vectors)
{
    /// <summary>Where the first token is: at a record, and at the codes, initials and scales of it that come next.</summary>
    protected const Iced.Intel.Register Record = R8, Activations = R9, Initials = R10, Times = R11;

    protected VectorAssembler Assembler => a;

    protected BlockShape Shape => shape;

    protected int Tokens => tokens;

    /// <summary>All registers of rows.</summary>
    protected int[] Vectors { get; } = [.. Enumerable.Range(0, vectors)];

    /// <summary>What adds up.</summary>
    protected abstract GroupSums Sums { get; }

    /// <summary>The register of what a token brings.</summary>
    protected abstract int Operand { get; }

    /// <summary>A register for anything; the operand's own if no second vector needs that any more.</summary>
    protected abstract int Scratch { get; }

    /// <summary>Whether groups begin before the steps that are emitted together.</summary>
    protected virtual bool IsWithinGroup => false;

    /// <summary>The register of a product's y.</summary>
    protected abstract int Result(int token, int vector);

    /// <summary>The register of I, and then of the sum of minimum * A.</summary>
    protected abstract int Sum(int token, int vector);

    /// <summary>The register of p: that of I where a segment has one group.</summary>
    protected abstract int Partial(int token, int vector);

    /// <summary>The register of a step's codes.</summary>
    protected abstract int Codes(int vector);

    /// <summary>The register of what else rows bring.</summary>
    protected abstract int Factor(int vector);

    protected abstract void LoadFactors(int vector, int group);

    protected abstract void LoadScales(int vector);

    protected abstract void LoadMinima(int vector, int pair);

    protected abstract void LoadMinimumScales(int vector);

    protected void ForEachProduct(int[] vectors, Action<int, int> body)
    {
        for (var token = 0; token < tokens; token++)
        {
            foreach (var vector in vectors)
            {
                body(token, vector);
            }
        }
    }

    protected void BeginRecord()
    {
        a.Move(Activations, Record);
        a.LoadAddress(Initials, new Address(Record, shape.Input.InitialsAt));
        a.LoadAddress(Times, new Address(Record, ActivationLayout.ScalesAt));
    }

    /// <summary>p = -offset * A.</summary>
    protected void Start(int[] vectors, int group)
    {
        for (var token = 0; token < tokens; token++)
        {
            var sums = Array.ConvertAll(vectors, vector => Partial(token, vector));
            Sums.Start(sums, OfToken(Initials, token) + (group * sizeof(int)));
        }
    }

    /// <summary>p += code * a;  with the group's first step p starts, after the last one I += factor * p.</summary>
    protected void MultiplyStep(int[] vectors, int step)
    {
        var (group, stepsPerSum) = (step * PanelLayout.Depth / shape.GroupLength, shape.InputsPerSum / PanelLayout.Depth);
        if (!IsWithinGroup && step % stepsPerSum == 0)
        {
            Start(vectors, group);
        }

        Array.ForEach(vectors, vector => Sums.Prepare(Codes(vector)));
        for (var token = 0; token < tokens; token++)
        {
            a.Broadcast(Operand, OfToken(Activations, token) + (step * PanelLayout.Depth));
            Array.ForEach(vectors, vector => Sums.Add(Partial(token, vector), Codes(vector), Operand, Scratch));
        }

        if (shape.IsGrouped && (step + 1) % stepsPerSum == 0)
        {
            Array.ForEach(vectors, vector => LoadFactors(vector, group));
            ForEachProduct(vectors, (token, vector) =>
                Sums.AddTimesFactors(Sum(token, vector), Partial(token, vector), Factor(vector)));
        }
    }

    /// <summary>y = fma(scale * t, I, y);  y = fma(-(minimumScale * t), sum of minimum * A, y).</summary>
    protected void AddScaled(int[] vectors)
    {
        if (!shape.IsGrouped)
        {
            Sums.Widen([.. Enumerable.Range(0, tokens).SelectMany(token => vectors, Sum)], Scratch);
        }

        AddProducts(vectors, LoadScales, a.MultiplyAdd);
        if (shape.HasMinimum)
        {
            SumMinima(vectors);
            AddProducts(vectors, LoadMinimumScales, a.MultiplySubtract);
        }
    }

    private void AddProducts(int[] vectors, Action<int> loadScales, Action<int, int, int> add)
    {
        Array.ForEach(vectors, loadScales);
        for (var token = 0; token < tokens; token++)
        {
            a.Broadcast(Operand, OfToken(Times, token));
            foreach (var vector in vectors)
            {
                a.Multiply(Scratch, Factor(vector), Operand);
                a.ToFloat(Sum(token, vector), Sum(token, vector));
                add(Result(token, vector), Scratch, Sum(token, vector));
            }
        }
    }

    /// <summary>Two groups at a time. A record with minima has one segment, so that their sums stand at a fixed place.</summary>
    private void SumMinima(int[] vectors)
    {
        ForEachProduct(vectors, (token, vector) => a.Zero(Sum(token, vector)));
        for (var pair = 0; pair < shape.Groups / 2; pair++)
        {
            Array.ForEach(vectors, vector => LoadMinima(vector, pair));
            for (var token = 0; token < tokens; token++)
            {
                a.Broadcast(Operand, OfToken(Record, token) + (shape.Input.PairsAt + (pair * sizeof(int))));
                Array.ForEach(vectors, vector => Sums.AddMinima(Sum(token, vector), Factor(vector), Operand, Scratch));
            }
        }
    }

    private Address OfToken(Iced.Intel.Register first, int token) => new(first, token * shape.Input.RecordBytes);
}
