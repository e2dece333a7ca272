namespace AiKernels.Cpu;

/// <summary>What attention keeps of a tile of queries while it meets one segment after another.</summary>
internal readonly unsafe struct TileMemory(
    byte* memory, int rows, long queries, long preparedBytes, long weights, long roomBytes)
{
    public readonly int Rows = rows;

    /// <summary>Queries [rows, D].</summary>
    public readonly float* Queries = (float*)memory;

    /// <summary>The same, as keys are met with them.</summary>
    public readonly byte* Prepared = memory + (queries * sizeof(float));

    /// <summary>Scores, then weights [rows][64].</summary>
    public readonly float* Weights = (float*)(memory + (queries * sizeof(float)) + preparedBytes);

    /// <summary>Room for loaded keys or values.</summary>
    public readonly byte* Room = memory + ((queries + weights) * sizeof(float)) + preparedBytes;

    /// <summary>Where it ends.</summary>
    public byte* End => Room + roomBytes;
}
