namespace Roost.Cli;

/// <summary>What the process tells its parent. Scripts rely on these: numbers are added, never changed.</summary>
public static class ExitCode
{
    public const int Ok = 0;

    /// <summary>Something failed; standard error says what and what to try next. Wrong arguments too.</summary>
    public const int Failed = 1;

    /// <summary>A verification found a difference.</summary>
    public const int Different = 3;
}
