using AiKernels.Formats;
using Iced.Intel;

namespace AiKernels.Cpu.Assembled;

/// <summary>One register's worth of rows: of the panel that lies Index * Scale bytes on, the rows from one on.</summary>
internal readonly record struct PanelRows(Register Index, int Scale, int Row)
{
    /// <summary>Where these rows' data are; rows lie <paramref name="bytesPerRow"/> apart.</summary>
    public Address At(Register panel, int displacement, int bytesPerRow) =>
        new(panel, displacement + (Row * bytesPerRow), Index, Scale);

    /// <summary>The rows of one panel or two, register by register; <paramref name="stride"/> is the distance between them.</summary>
    public static PanelRows[] Of(int panels, int lanes, Register stride) =>
        [.. Enumerable.Range(0, panels * PanelLayout.Rows / lanes).Select(vector => new PanelRows(
            vector * lanes < PanelLayout.Rows ? Register.None : stride, 1, vector * lanes % PanelLayout.Rows))];
}

/// <summary>Emits the reading of a packed panel: codes from their bit planes, factors and scales from their rows.</summary>
/// <param name="a">Where to.</param>
/// <param name="shape">The format.</param>
/// <param name="first">The first of <see cref="Registers"/> vector registers that are the reader's own.</param>
internal sealed class PanelReader(VectorAssembler a, BlockShape shape, int first)
{
    private readonly int[] _planes = shape.CodeBits == 8 ? [8] : [.. new[] { 4, 2, 1 }.Where(bits => (shape.CodeBits & bits) != 0)];

    /// <summary>Vector registers it needs: a mask and the bytes of each plane, a code, a field.</summary>
    public int Registers => (2 * _planes.Length) + 2;

    /// <summary>Where the codes of a step are; what is in the next register then is of no use any more.</summary>
    public int Code => first;

    private int Field => first + 1;

    /// <summary>The masks, before anything is read.</summary>
    public void LoadMasks()
    {
        for (var (plane, bit) = (0, 0); plane < _planes.Length; bit += _planes[plane++])
        {
            var mask = _planes[plane] == 8 ? 0x80 : ((1 << _planes[plane]) - 1) << bit;
            a.Broadcast(Mask(plane), mask * 0x01010101);
        }
    }

    // Such codes are not read by way of their plane.
    private bool HasSignedCodes => shape is { CodeBits: 8, Input.CodeOffset: 0 };

    /// <summary>Reads the 8 steps of a chunk; <paramref name="use"/> gets each step when its <see cref="Code"/> is there.</summary>
    public void Chunk(Register chunk, PanelRows rows, Action<int> use)
    {
        for (var step = 0; step < PanelLayout.Chunk / PanelLayout.Depth; step++)
        {
            for (var (plane, bit, at) = (0, 0, 0); plane < _planes.Length; plane++)
            {
                var (bits, stepsPerByte) = (_planes[plane], 8 / _planes[plane]);
                if (step % stepsPerByte == 0)
                {
                    var offset = at + (step / stepsPerByte * PanelLayout.StepBytes);
                    a.Load(Bytes(plane), rows.At(chunk, offset, PanelLayout.Depth));
                }

                ReadField(plane, step % stepsPerByte * bits, bit, isFirst: plane == 0);
                bit += bits;
                at += bits * PanelLayout.StepBytes;
            }

            use(step);
        }
    }

    /// <summary>A group's factors, each as an integer or twice as a half of one, as the group's sums want them.</summary>
    public void Factors(int to, Register factors, int group, PanelRows rows)
    {
        a.LoadSignedBytes(to, rows.At(factors, group * PanelLayout.Rows, sizeof(sbyte)));
        if (shape.Sums == GroupSum.OfHalves)
        {
            a.ShiftLeftInt(Field, to, 16);
            a.ShiftRightInt(to, Field, 16);
            a.Or(to, to, Field);
        }
    }

    /// <summary>The minima of two neighbouring groups, as pairs; they are never negative.</summary>
    public void MinimaPair(int to, Register segment, int pair, PanelRows rows)
    {
        var at = shape.MinimaAt + (2 * pair * PanelLayout.Rows);
        a.LoadSignedBytes(to, rows.At(segment, at, sizeof(sbyte)));
        a.LoadSignedBytes(Field, rows.At(segment, at + PanelLayout.Rows, sizeof(sbyte)));
        a.ShiftLeftInt(Field, Field, 16);
        a.Or(to, to, Field);
    }

    public void Scales(int to, Register segment, PanelRows rows) =>
        a.LoadHalves(to, rows.At(segment, shape.ScalesAt, sizeof(ushort)));

    public void MinimumScales(int to, Register segment, PanelRows rows) =>
        a.LoadHalves(to, rows.At(segment, shape.MinimumScalesAt, sizeof(ushort)));

    private int Mask(int plane) => first + 2 + plane;

    private int Bytes(int plane) => HasSignedCodes ? Code : first + 2 + _planes.Length + plane;

    /// <summary>Moves some bits of each byte to their place in the code. What a shift carries across bytes is masked off.</summary>
    private void ReadField(int plane, int fromBit, int toBit, bool isFirst)
    {
        if (HasSignedCodes)
        {
            return;
        }

        if (_planes[plane] == 8)
        {
            a.Xor(Code, Bytes(plane), Mask(plane)); // Signed to unsigned, 128 ahead.
            return;
        }

        var target = isFirst ? Code : Field;
        var shifted = Bytes(plane);
        if (fromBit > toBit)
        {
            a.ShiftRightHalves(shifted = target, Bytes(plane), (byte)(fromBit - toBit));
        }
        else if (fromBit < toBit)
        {
            a.ShiftLeftHalves(shifted = target, Bytes(plane), (byte)(toBit - fromBit));
        }

        a.And(target, shifted, Mask(plane));
        if (!isFirst)
        {
            a.Or(Code, Code, Field);
        }
    }
}
