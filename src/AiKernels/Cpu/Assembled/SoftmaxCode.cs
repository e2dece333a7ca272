using AiKernels.Cache;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>
/// Assembles the softmax of a segment's 64 sums q k^T, row by row, in registers: weights exp(score - m), m, and the
/// weights' sum. The bits are those of <see cref="SegmentSoftmax{TSimd, TRegister}"/>.
/// </summary>
/// <remarks>
/// Arguments: the sums [rows][64], which become the weights, the number of rows, the address of the scale, m [rows], the
/// weights' sums [rows], the constants of <see cref="ExponentialCode"/>.
/// </remarks>
internal sealed class SoftmaxCode
{
    private const Iced.Intel.Register Scores = RCX, Rows = RDX, Scale = RBX, Maxima = RSI, Sums = RDI, Constants = RBP;

    private readonly VectorAssembler _a;
    private readonly ExponentialCode _exponential;
    private readonly int _vectors;
    private readonly int _atOnce;

    private SoftmaxCode(VectorAssembler a)
    {
        _a = a;
        _vectors = KeyValueShape.SegmentLength / a.Lanes;
        _atOnce = a.Registers / 8;
        _exponential = new ExponentialCode(a, Constants, Other + 1);
    }

    // Registers 0 and up hold the scores.
    private int Largest => _vectors;

    private int Other => _vectors + 1;

    public static void Emit(VectorAssembler a) => new SoftmaxCode(a).Emit();

    private void Emit()
    {
        Routine.LoadArguments(_a, Scores, Rows, Scale, Maxima, Sums, Constants);
        _a.Repeat(Rows, () =>
        {
            LoadScores();
            FindLargest();
            _a.StoreFirst(new Address(Maxima), Largest);
            for (var vector = 0; vector < _vectors; vector++)
            {
                _a.SubtractFloat(vector, vector, Largest);
            }

            for (var vector = 0; vector < _vectors; vector += _atOnce)
            {
                _exponential.Emit(vector, _atOnce);
            }

            for (var vector = 0; vector < _vectors; vector++)
            {
                _a.Store(Vector(vector), vector);
            }

            Add();
            _a.StoreFirst(new Address(Sums), 0);
            _a.Add(Scores, KeyValueShape.SegmentLength * sizeof(float));
            _a.Add(Maxima, sizeof(float));
            _a.Add(Sums, sizeof(float));
        });
    }

    private Address Vector(int vector) => new(Scores, vector * _a.Bytes);

    private void LoadScores()
    {
        _a.Broadcast(Other, new Address(Scale));
        for (var vector = 0; vector < _vectors; vector++)
        {
            _a.Load(vector, Vector(vector));
            _a.Multiply(vector, vector, Other);
        }
    }

    /// <summary>The largest score, in every lane: a NaN at the first place stays, at a later one it is passed over.</summary>
    private void FindLargest()
    {
        _a.Broadcast(Largest, BitConverter.SingleToInt32Bits(float.NegativeInfinity));
        for (var vector = 0; vector < _vectors; vector++)
        {
            _a.Greater(Largest, vector, Largest);
        }

        FoldLanes(Largest, _a.Greater);
        _a.Broadcast(Other, new Address(Scores));
        _a.Broadcast(Other + 1, new Address(Scale));
        _a.Multiply(Other, Other, Other + 1);
        _a.Greater(Largest, Largest, Other);
    }

    /// <summary>Partial sums i mod 16, then their tree: see docs/ARITHMETIC.md.</summary>
    private void Add()
    {
        var registers = Simd.PartialSums.Count / _a.Lanes;
        for (var vector = registers; vector < _vectors; vector++)
        {
            _a.AddFloat(vector % registers, vector % registers, vector);
        }

        for (var register = 1; register < registers; register++)
        {
            _a.AddFloat(0, 0, register);
        }

        FoldLanes(0, _a.AddFloat);
    }

    private void FoldLanes(int register, Action<int, int, int> fold)
    {
        for (var distance = _a.Lanes / 2; distance > 0; distance /= 2)
        {
            _a.SwapLanes(Other, register, distance);
            fold(register, register, Other);
        }
    }
}
