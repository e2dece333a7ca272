using AiKernels.Gpu.Kernels.Device;
using ILGPU;

namespace AiKernels.Gpu.Kernels.Attention;

/// <summary>What all threads of a tile know of its rows, and of them in a segment, in shared memory.</summary>
/// <param name="outputs">Where in y each row's head begins.</param>
/// <param name="counts">How many positions of the segment each row sees.</param>
/// <param name="largest">Each row's largest score.</param>
/// <param name="keep">What the sums so far are multiplied with.</param>
/// <param name="add">What the segment's sums are multiplied with.</param>
internal readonly struct AttentionRows(
    ArrayView<long> outputs, ArrayView<Int4> counts, ArrayView<Float4> largest, ArrayView<float> keep, ArrayView<float> add)
{
    /// <summary>Where in y each row's head begins.</summary>
    public readonly ArrayView<long> Outputs = outputs;

    /// <summary>How many positions of the segment each row sees.</summary>
    public readonly ArrayView<Int4> Counts = counts;

    private readonly ArrayView<Float4> _largest = largest;
    private readonly ArrayView<float> _keep = keep, _add = add;

    /// <summary>Where the rows are; a thread for each.</summary>
    public void Locate(DeviceMatrix y, AttentionTile tile)
    {
        if (Group.IdxX < Sixteen.Count)
        {
            Outputs[Group.IdxX] = y.Place(tile.TokenOf(Group.IdxX), tile.ColumnOf(Group.IdxX));
        }
    }

    public void Put(int row, int count, float largest, StateMerge merge)
    {
        Counts.Cast<int>()[row] = count;
        _largest.Cast<float>()[row] = largest;
        (_keep[row], _add[row]) = (merge.Keep, merge.Add);
    }

    /// <summary>exp(score - m) of sixteen rows, in place.</summary>
    public void Weigh(ArrayView<Float4> scores)
    {
        for (var i = 0; i < Sixteen.Quads; i++)
        {
            var (score, largest) = (scores[i], _largest[i]);
            scores[i] = new Float4
            {
                X = DeviceMath.Exp(DeviceMath.Add(score.X, -largest.X)),
                Y = DeviceMath.Exp(DeviceMath.Add(score.Y, -largest.Y)),
                Z = DeviceMath.Exp(DeviceMath.Add(score.Z, -largest.Z)),
                W = DeviceMath.Exp(DeviceMath.Add(score.W, -largest.W)),
            };
        }
    }

    /// <summary>A segment's sums of a channel join those before it, in each row that sees any of it.</summary>
    public void Join(DeviceMatrix y, int rows, int channel, bool isFirst, Sixteen sums)
    {
        Join(y, rows, channel, isFirst, 0, sums.A);
        Join(y, rows, channel, isFirst, 4, sums.B);
        Join(y, rows, channel, isFirst, 8, sums.C);
        Join(y, rows, channel, isFirst, 12, sums.D);
    }

    /// <summary>The sums of all segments take the place of factors that are not needed any more.</summary>
    public void Leave(RowSoftmax softmax) => softmax.Leave(_keep);

    /// <summary>Divides a channel by the sums, in each row.</summary>
    public void Divide(DeviceMatrix y, int rows, int channel)
    {
        for (var row = 0; row < rows; row++)
        {
            ref var joined = ref y.At(Outputs[row] + channel);
            joined /= _keep[row];
        }
    }

    private void Join(DeviceMatrix y, int rows, int channel, bool isFirst, int row, Float4 sums)
    {
        Join(y, rows, channel, isFirst, row, sums.X);
        Join(y, rows, channel, isFirst, row + 1, sums.Y);
        Join(y, rows, channel, isFirst, row + 2, sums.Z);
        Join(y, rows, channel, isFirst, row + 3, sums.W);
    }

    private void Join(DeviceMatrix y, int rows, int channel, bool isFirst, int row, float sum)
    {
        if (row < rows && Counts.Cast<int>()[row] > 0)
        {
            ref var joined = ref y.At(Outputs[row] + channel);
            joined = isFirst ? sum : StateMerge.Join(joined, _keep[row], sum, _add[row]);
        }
    }
}
