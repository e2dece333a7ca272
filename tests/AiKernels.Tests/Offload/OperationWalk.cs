using AiKernels.Formats;
using AiKernels.Tests.Shared;
using AiKernels.Tests.Shared.Backends;
using Xunit;

namespace AiKernels.Tests.Offload;

/// <summary>Operations drawn one by one, on the reference and on two sides.</summary>
internal sealed class OperationWalk
{
    private const int Rows = 5, Width = 32;

    private readonly BackendPair _pair;
    private readonly Random _random;
    private readonly (Tensor Reference, Tensor Other)[] _tensors;
    private readonly (Tensor Reference, Tensor Other) _gain, _rotation;
    private readonly (Weight Reference, Weight Other)[] _weights;

    public OperationWalk(BackendPair pair, Random random)
    {
        (_pair, _random) = (pair, random);
        _tensors = [.. Enumerable.Range(0, 4).Select(i => pair.Tensor(Rows, (1 + (i % 2)) * Width, Draw(Rows * (1 + (i % 2)) * Width)))];
        _gain = pair.Tensor(1, Width, Draw(Width));
        _rotation = pair.Tensor(Rows, Width, Draw(Rows * Width));
        _weights = [.. Enumerable.Range(0, 4).Select(i => pair.Weight(
            GgmlType.Q8_0, Width, Width, RandomNumbers.Stored(random, GgmlType.Q8_0, Width, Width, 0.2f), layer: i % 2))];
    }

    public void Step()
    {
        var (rows, x, y) = (_random.Next(3) switch { 0 => 1, 1 => 3, _ => Rows }, _random.Next(4), _random.Next(4));
        y = x == y ? (x + 1) % 4 : y;
        var (input, output) = (Slice(x, rows), Slice(y, rows));
        switch (_random.Next(9))
        {
            case 0:
                var values = Draw(rows * Width);
                Both((backend, side) => backend.Write(side.Of(output), values));
                break;
            case 1:
                int[] tokens = [.. Enumerable.Range(0, rows).Select(_ => _random.Next(Width))];
                var table = _weights[_random.Next(4)];
                Both((backend, side) => backend.Embed(side.Of(table), tokens, side.Of(output)));
                break;
            case 2:
                int[] order = [.. Enumerable.Range(0, rows).Select(_ => _random.Next(rows))];
                Both((backend, side) => backend.Gather(side.Of(input), order, side.Of(output)));
                break;
            case 3:
                output = _random.Next(2) == 0 ? input : output;
                Both((backend, side) => backend.RmsNorm(side.Of(input), side.Of(_gain), 1e-5f, side.Of(output)));
                break;
            case 4:
                var rotation = (_rotation.Reference.SliceRows(0, rows), _rotation.Other.SliceRows(0, rows));
                Both((backend, side) => backend.Rope(side.Of(input), Width, RopePairing.Halves, side.Of(rotation)));
                break;
            case 5:
                var (expected, actual) = (new RankedValue[rows * 3], new RankedValue[rows * 3]);
                _pair.Reference.ReadLargest(input.Reference, expected);
                _pair.Other.ReadLargest(input.Other, actual);
                Assert.Equal(expected, actual);
                break;
            case 6:
                Both((backend, side) => backend.HadamardTransform(side.Of(input), Width / 2));
                break;
            default:
                Multiply(rows, input, output, _random.Next(4), _random.Next(2) == 0);
                break;
        }
    }

    public void AssertSame()
    {
        foreach (var tensor in _tensors)
        {
            _pair.AssertSame(tensor);
        }
    }

    /// <summary>Two products of one input, of the same side or not, the second into a tensor that neither has.</summary>
    private void Multiply(
        int rows, (Tensor Reference, Tensor Other) input, (Tensor Reference, Tensor) output, int first, bool accumulate)
    {
        var second = _weights[_random.Next(4)];
        var free = Array.FindIndex(_tensors, tensor =>
            tensor.Reference.Storage != output.Reference.Storage && tensor.Reference.Storage != input.Reference.Storage);
        var other = Slice(free, rows);
        Both((backend, side) => backend.MatMul(
            side.Of(input),
            new Projection(side.Of(_weights[first]), side.Of(output), side.Of(_gain), accumulate),
            new Projection(side.Of(second), side.Of(other), Gate: side.Of(second))));
    }

    private (Tensor Reference, Tensor Other) Slice(int tensor, int rows)
    {
        // Few places, so that the same slice comes again: it replaces all that was there. Half the tensors are no wider.
        var (reference, other) = _tensors[tensor];
        var (row, column) = (_random.Next(Rows - rows + 1), (reference.Columns - Width) / 2 * _random.Next(3));
        return (reference.SliceRows(row, rows).SliceColumns(column, Width), other.SliceRows(row, rows).SliceColumns(column, Width));
    }

    private float[] Draw(int count) => RandomNumbers.Normal(_random, count);

    private void Both(Action<IBackend, Operands> operation)
    {
        operation(_pair.Reference, new Operands(IsReference: true));
        operation(_pair.Other, new Operands(IsReference: false));
    }

    /// <summary>Which operands of the pairs an operation takes.</summary>
    private readonly record struct Operands(bool IsReference)
    {
        public T Of<T>((T Reference, T Other) pair) => IsReference ? pair.Reference : pair.Other;
    }
}
