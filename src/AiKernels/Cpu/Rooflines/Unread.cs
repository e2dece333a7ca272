namespace AiKernels.Cpu.Rooflines;

/// <summary>Where results go that nobody wants: without a place to go, the compiler may leave their computation out.</summary>
internal static class Unread
{
    private static int _last;

    public static void Take(int value) => Volatile.Write(ref _last, value);
}
