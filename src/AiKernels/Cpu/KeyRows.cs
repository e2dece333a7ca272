using AiKernels.Cache;
using AiKernels.Formats;

namespace AiKernels.Cpu;

/// <summary>Between keys as a page has them and rows [positions, D] as their type stores them.</summary>
internal abstract unsafe class KeyRows
{
    /// <summary>Copies the first positions of a head's keys to rows.</summary>
    public abstract void Read(byte* keys, KeyValueShape shape, int positions, byte* rows);

    /// <summary>Copies rows to the first positions of a head's keys; the others stay.</summary>
    public abstract void Write(byte* rows, KeyValueShape shape, int positions, byte* keys);

    /// <summary>Floats are moved, whatever their type; of formats in blocks each is named here.</summary>
    public static KeyRows Of(KeyValueShape shape) => shape.Type.Block() switch
    {
        (1, sizeof(uint)) => new Elements<uint>(),
        (1, sizeof(ushort)) => new Elements<ushort>(),
        _ when shape.Type == GgmlType.Q8_0 => new Blocks<Q8_0>(),
        _ when shape.Type == GgmlType.Q4_0 => new Blocks<Q4_0>(),
        _ => throw new NotSupportedException($"keys in {shape.Type} have no rows"),
    };

    /// <summary>K [D,P].</summary>
    private sealed class Elements<TElement> : KeyRows
        where TElement : unmanaged
    {
        public override void Read(byte* keys, KeyValueShape shape, int positions, byte* rows) => Transposition.Copy(
            (TElement*)keys, shape.HeadLength, positions, shape.PageLength, (TElement*)rows, shape.HeadLength);

        public override void Write(byte* rows, KeyValueShape shape, int positions, byte* keys) => Transposition.Copy(
            (TElement*)rows, positions, shape.HeadLength, shape.HeadLength, (TElement*)keys, shape.PageLength);
    }

    /// <summary>Panels of 16 positions.</summary>
    private sealed class Blocks<TBlock> : KeyRows
        where TBlock : unmanaged, ICacheBlock<TBlock>
    {
        public override void Read(byte* keys, KeyValueShape shape, int positions, byte* rows)
        {
            for (var position = 0; position < positions; position++)
            {
                KeyPanel<TBlock>.Get(
                    Panel(keys, shape, position), position % PanelLayout.Rows, shape.HeadLength, Row(rows, shape, position));
            }
        }

        public override void Write(byte* rows, KeyValueShape shape, int positions, byte* keys)
        {
            for (var position = 0; position < positions; position++)
            {
                KeyPanel<TBlock>.Put(
                    Row(rows, shape, position), position % PanelLayout.Rows, shape.HeadLength, Panel(keys, shape, position));
            }
        }

        private static byte* Panel(byte* keys, KeyValueShape shape, int position) =>
            keys + (position / PanelLayout.Rows * BlockPanel<TBlock>.Bytes(shape.HeadLength));

        private static TBlock* Row(byte* rows, KeyValueShape shape, int position) =>
            (TBlock*)rows + ((long)position * shape.HeadLength / TBlock.Length);
    }
}
