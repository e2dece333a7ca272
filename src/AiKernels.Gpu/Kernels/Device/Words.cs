namespace AiKernels.Gpu.Kernels.Device;

/// <summary>Two words that are loaded together.</summary>
internal struct Int2
{
    public int X, Y;
}

/// <summary>Four words that are loaded together: of four neighbouring rows of a panel, or a thread's part of a tile.</summary>
internal struct Int4
{
    public int X, Y, Z, W;

    public static Int4 operator &(Int4 a, int mask) => new() { X = a.X & mask, Y = a.Y & mask, Z = a.Z & mask, W = a.W & mask };

    public static Int4 operator |(Int4 a, Int4 b) => new() { X = a.X | b.X, Y = a.Y | b.Y, Z = a.Z | b.Z, W = a.W | b.W };

    public static Int4 operator <<(Int4 a, int bits) => new() { X = a.X << bits, Y = a.Y << bits, Z = a.Z << bits, W = a.W << bits };

    public static Int4 operator >>(Int4 a, int bits) => new() { X = a.X >> bits, Y = a.Y >> bits, Z = a.Z >> bits, W = a.W >> bits };
}

/// <summary>Two floats side by side.</summary>
internal struct Float2
{
    public float X, Y;
}

/// <summary>Four floats side by side.</summary>
internal struct Float4
{
    public float X, Y, Z, W;
}
