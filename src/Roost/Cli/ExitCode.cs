namespace Roost.Cli;

/// <summary>What <c>roost</c> ends with. Stable: scripts lean on it.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>It ran and found something wrong: a verification differs, a check has findings that are not
    /// mended.</summary>
    public const int Found = 1;

    /// <summary>The command line or an input file is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>The data directory is in use, damaged or cannot be used.</summary>
    public const int Data = 3;

    /// <summary>Something outside failed: the disk is full, a server cannot be reached, a port is taken.</summary>
    public const int Environment = 4;

    /// <summary>A scenario ran and all was right, but a mark was not reached.</summary>
    public const int Missed = 5;

    /// <summary>Stopped by Ctrl-C or SIGTERM before it was done.</summary>
    public const int Stopped = 130;
}
