using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Assembled;

/// <summary>Assembles the unpacking of some segments of packed panels into a <see cref="WeightTile"/>.</summary>
/// <remarks>
/// Arguments: the first segment in the first panel, the distance to the same segment in the second panel (0 where there
/// is none: its rows then repeat the first's), the tile, the number of segments.
/// </remarks>
internal static class UnpackTileCode
{
    public static void Emit(VectorAssembler a, WeightTile tile)
    {
        const Iced.Intel.Register segment = RCX, stride = RDX, codes = RBX, factors = RSI, minima = RDI, scales = R8,
            segments = R9, chunk = R10, chunks = R11, argument = Routine.Arguments;
        const int operand = 0, reader0 = 1;
        var (shape, row) = (tile.Shape, tile.StepBytes);
        var reader = new PanelReader(a, shape, reader0);

        a.LoadPointer(segment, new Address(argument));
        a.LoadPointer(stride, new Address(argument, 8));
        a.LoadPointer(codes, new Address(argument, 16));
        a.LoadPointer(segments, new Address(argument, 24));
        a.LoadAddress(factors, new Address(codes, tile.FactorsAt));
        a.LoadAddress(minima, new Address(codes, tile.MinimaAt));
        a.LoadAddress(scales, new Address(codes, tile.ScalesAt));
        reader.LoadMasks();
        a.Repeat(segments, () =>
        {
            a.Move(chunk, segment);
            a.Repeat(chunks, shape.SegmentLength / PanelLayout.Chunk, () =>
            {
                ForEachVector(tile, stride, (rows, at) =>
                    reader.Chunk(chunk, rows, (step, code) => a.Store(new Address(codes, (step * row) + at), code)));
                a.Add(chunk, shape.ChunkBytes);
                a.Add(codes, PanelLayout.Chunk / PanelLayout.Depth * row);
            });

            a.LoadAddress(chunk, new Address(segment, shape.FactorsAt));
            ForEachVector(tile, stride, (rows, at) =>
            {
                for (var group = 0; shape.IsGrouped && group < shape.Groups; group++)
                {
                    reader.Factors(operand, chunk, group, rows);
                    a.Store(new Address(factors, (group * row) + at), operand);
                }

                for (var pair = 0; shape.HasMinimum && pair < shape.Groups / 2; pair++)
                {
                    reader.MinimaPair(operand, segment, pair, rows);
                    a.Store(new Address(minima, (pair * row) + at), operand);
                }

                reader.Scales(operand, segment, rows);
                a.Store(new Address(scales, at), operand);
                if (shape.HasMinimum)
                {
                    reader.MinimumScales(operand, segment, rows);
                    a.Store(new Address(scales, tile.MinimumScalesAt - tile.ScalesAt + at), operand);
                }
            });

            a.Add(segment, shape.SegmentBytes);
            a.Add(factors, shape.Groups * row);
            a.Add(minima, shape.Groups / 2 * row);
            a.Add(scales, row);
        });
    }

    private static void ForEachVector(WeightTile tile, Iced.Intel.Register stride, Action<PanelRows, int> body)
    {
        var rows = PanelRows.Of(tile.Rows / PanelLayout.Rows, tile.Lanes, stride);
        for (var vector = 0; vector < rows.Length; vector++)
        {
            body(rows[vector], vector * tile.Lanes * sizeof(int));
        }
    }
}
