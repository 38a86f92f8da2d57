using System.Data.Common;
using Roost.Rpc;

namespace Roost.Services.Storage;

/// <summary>
/// One service's database in one of the engines, and everything that is the engine's own rather than SQL's: how it is
/// opened, what a connection is set to, what its errors mean, how it is checked. The statements of the services are
/// plain SQL, and so are their migrations, which are written in SQLite's types.
/// </summary>
/// <remarks>Thread-safe but for what says that it is the writer's: that is for the thread that writes.</remarks>
internal abstract class SqlDialect : IDisposable
{
    /// <summary>What people call it: a file's name, or a schema's.</summary>
    public abstract string Name { get; }

    /// <summary>Where it is, for the operator.</summary>
    public abstract string Place { get; }

    /// <summary>Begins a transaction that writes.</summary>
    public abstract string BeginText { get; }

    /// <summary>How many reads should run at once at most.</summary>
    public abstract int ReadersMax { get; }

    /// <summary>After how long without work the writer makes sure that it still is the one.</summary>
    public abstract TimeSpan IdleCheck { get; }

    /// <summary>Whether there is anything, and it is not another data directory's.</summary>
    /// <exception cref="ServiceException">It cannot be told; says why.</exception>
    public abstract bool Exists();

    /// <summary>A connection that writes, as the only one; what is missing of the database is made.</summary>
    /// <exception cref="ServiceException">Another process writes, or it is not to be used; says why.</exception>
    /// <exception cref="DbException">It cannot be reached or read.</exception>
    public abstract SqlSession OpenWriter();

    /// <summary>The same, but waits until no other process writes, where a server has the database.</summary>
    public virtual SqlSession OpenWriter(LeaseWait wait) => OpenWriter();

    /// <summary>A connection that only reads.</summary>
    /// <exception cref="DbException">It cannot be reached or read.</exception>
    public abstract SqlSession OpenReader();

    /// <summary>A connection for a check: while it is open nobody else writes, and it reads several things side by
    /// side. It need not be able to write.</summary>
    /// <inheritdoc cref="OpenWriter()" path="/exception"/>
    public abstract SqlSession OpenForCheck();

    /// <summary>Begins a writer's transaction. The writer's.</summary>
    /// <exception cref="ServiceException">Another process writes now.</exception>
    public virtual void Begin(SqlSession writer) => writer.Execute(BeginText);

    /// <summary>Commits, with the last savepoint. The writer's.</summary>
    public virtual void Commit(SqlSession writer) => writer.Execute("RELEASE one_write; COMMIT");

    /// <summary>After <see cref="Commit"/> has failed: whether it may have been done all the same. The
    /// writer's.</summary>
    public virtual bool MayBeCommitted(DbException failure) => false;

    /// <summary>Whether the transaction that was begun last is there, as of the writer's connection that was opened
    /// last. The writer's.</summary>
    public virtual bool HasLastCommit => false;

    /// <summary>Whether nothing of the transaction can be trusted after this error.</summary>
    public abstract bool EndsTransaction(DbException exception);

    /// <summary>Whether the connection is gone, and a new one may well work.</summary>
    public virtual bool EndsConnection(DbException exception) => false;

    /// <summary>The service error that stands for a database's error.</summary>
    public abstract ServiceException Translate(DbException exception);

    /// <summary>A migration's text, in the engine's types.</summary>
    public virtual string Adapt(string migration) => migration;

    /// <summary>What a parameter is given for a value.</summary>
    public virtual object ValueOf(object? value) => value ?? DBNull.Value;

    /// <summary>Whether rows are being read on the connection, so that it can do nothing else.</summary>
    public virtual bool IsReading(DbConnection connection) => false;

    /// <summary>A statement to be read row by row, a great many, whole numbers only; its parameters are ?1, ?2,
    /// ….</summary>
    public abstract SqlStatement Prepare(DbConnection connection, string sql);

    /// <summary>Inserts rows of whole numbers, a great many.</summary>
    /// <param name="fill">Fills in the row of that index, a number a column.</param>
    public abstract void InsertAll(
        DbConnection connection, string table, IReadOnlyList<string> columns, int count, FillRow fill);

    /// <summary>What the database itself finds wrong with its files. A hundred problems at most.</summary>
    public virtual IEnumerable<string> CheckIntegrity(SqlSession session) => [];

    /// <summary>Rows that refer to rows which are not there.</summary>
    public virtual IEnumerable<string> CheckReferences(SqlSession session) => [];

    /// <summary>Of what <see cref="CheckIntegrity"/> told, that which is only of indexes, by place.</summary>
    public virtual bool[] AreIndexProblems(SqlSession session, IReadOnlyList<string> problems) =>
        new bool[problems.Count];

    /// <summary>A text for each table and index, by its name: equal where they are equal. Those of tables begin with
    /// CREATE TABLE, those of indexes make one.</summary>
    public abstract Dictionary<string, string> ReadSchema(SqlSession session);

    /// <summary>The same of a new database, with all migrations.</summary>
    public abstract Dictionary<string, string> ReadNewSchema(SqlMigrations migrations);

    public abstract void Dispose();
}

/// <summary>Fills in a row of a table.</summary>
internal delegate void FillRow(int index, Span<long> row);
