export interface Base {
  inherited: string
}
