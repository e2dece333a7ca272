using AiKernels.Cpu.Assembled;
using AiKernels.Formats;
using static Iced.Intel.Register;

namespace AiKernels.Cpu.Rooflines;

/// <summary>The products of a unit that .NET has no functions for.</summary>
/// <param name="name">The unit's name.</param>
/// <param name="unit">The unit.</param>
/// <param name="factory">Makes the routine.</param>
internal sealed unsafe class AssembledLoop(string name, AssembledUnit unit, RoutineFactory factory) : MultiplyLoop
{
    // With vectors twelve sums: two a cycle, up to five cycles each. With a panel and three tokens they fill the sixteen
    // registers that AVX-VNNI has. With tiles four: no more fit beside their operands, and each takes sixteen cycles.
    private const int Tokens = 3, Panels = 4, TileTokens = 2, TilePanels = 2;

    private const int TileBytes = TileConfiguration.MaxRows * TileConfiguration.MaxRowBytes;

    // Arguments: the operands, the rounds, where the sums go, the tiles' sizes.
    private const Iced.Intel.Register Operands = RCX, Rounds = RDX, Sums = RBX, Stride = RSI, Argument = Routine.Arguments;

    private readonly Lazy<Routine> _routine = new(() =>
        factory(unit.IsWide(), unit == AssembledUnit.Amx ? MultiplyTiles : MultiplyVectors)
            ?? throw new InvalidOperationException("the system gives no more executable memory, without which there is no peak to measure"));

    public override string Unit => name;

    // A multiply-add is two operations.
    public override long OperationsPerRound => unit == AssembledUnit.Amx
        ? 2L * TileTokens * TilePanels * TileConfiguration.MaxRows * TileBytes
        : 2L * Tokens * Panels * new VectorAssembler(unit.IsWide()).Bytes;

    public override int Run(byte* operands, int rounds)
    {
        var configuration = default(TileConfiguration);
        for (var tile = 0; tile < TileConfiguration.Tiles; tile++)
        {
            configuration.Set(tile, TileConfiguration.MaxRows, TileConfiguration.MaxRowBytes);
        }

        var sums = stackalloc int[TileTokens * TilePanels * TileBytes / sizeof(int)];
        var arguments = stackalloc void*[4];
        arguments[0] = operands;
        arguments[1] = (void*)rounds;
        arguments[2] = sums;
        arguments[3] = &configuration;
        _routine.Value.Run(arguments);
        return *sums;
    }

    private static void LoadArguments(VectorAssembler a)
    {
        a.LoadPointer(Operands, new Address(Argument));
        a.LoadPointer(Rounds, new Address(Argument, 8));
        a.LoadPointer(Sums, new Address(Argument, 16));
    }

    private static void MultiplyVectors(VectorAssembler a)
    {
        const int token = Tokens * Panels, panel = token + Tokens;
        LoadArguments(a);
        for (var sum = 0; sum < Tokens * Panels; sum++)
        {
            a.Zero(sum);
        }

        a.Repeat(Rounds, () =>
        {
            for (var t = 0; t < Tokens; t++)
            {
                a.Load(token + t, new Address(Operands, t * a.Bytes));
            }

            for (var p = 0; p < Panels; p++)
            {
                a.Load(panel, new Address(Operands, (Tokens + p) * a.Bytes));
                for (var t = 0; t < Tokens; t++)
                {
                    a.Dot((p * Tokens) + t, panel, token + t);
                }
            }
        });
        for (var sum = 1; sum < Tokens * Panels; sum++)
        {
            a.AddInt(0, 0, sum);
        }

        a.Store(new Address(Sums), 0);
    }

    private static void MultiplyTiles(VectorAssembler a)
    {
        const int token = TileTokens * TilePanels, panel = token + TileTokens;
        var tiles = new TileAssembler(a);
        LoadArguments(a);
        a.LoadPointer(Stride, new Address(Argument, 24));
        tiles.Configure(new Address(Stride)); // Which zeroes them.
        a.Move(Stride, TileConfiguration.MaxRowBytes);
        a.Repeat(Rounds, () =>
        {
            for (var operand = 0; operand < TileTokens + TilePanels; operand++)
            {
                tiles.Load(token + operand, new Address(Operands, operand * TileBytes, Stride));
            }

            for (var sum = 0; sum < TileTokens * TilePanels; sum++)
            {
                tiles.Dot(sum, token + (sum / TilePanels), panel + (sum % TilePanels));
            }
        });
        for (var sum = 0; sum < TileTokens * TilePanels; sum++)
        {
            tiles.Store(new Address(Sums, sum * TileBytes, Stride), sum);
        }

        tiles.Release();
        a.Zero(0);
        for (var sum = 0; sum < TileTokens * TilePanels; sum++)
        {
            a.Load(1, new Address(Sums, sum * TileBytes));
            a.AddInt(0, 0, 1);
        }

        a.Store(new Address(Sums), 0);
    }
}
